# gitlab.sh: sections by the functions of GitLab's documentation; descriptor 3 says what they mean.
section_start() {
	echo -e "section_start:$(date +%s):$1[collapsed=true]\r\e[0K\e[36;1m$2\e[0m"
	echo "group $2" >&3
}

section_end() {
	echo -e "section_end:$(date +%s):$1\r\e[0K"
	echo "group-end $2" >&3
}

section_start outer "Build everything"
echo compiling
echo "info compiling" >&3
section_start inner "Unit tests"
echo 'ok 1'
echo "info ok 1" >&3
section_end inner "Unit tests"
section_end outer "Build everything"
echo -e "\e[32;1mJob succeeded\e[0;m"
echo -e "info \e[32;1mJob succeeded\e[0;m" >&3
