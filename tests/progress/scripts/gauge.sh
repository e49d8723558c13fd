# gauge.sh: what feeds `whiptail --gauge`; descriptor 3 says what it means.
for i in 0 20 40; do
	echo $i
	echo "progress $i" >&3
done
printf 'XXX\n60\nCopying\\nfiles\nto /srv\nXXX\n'
echo "progress 60 Copying files to /srv" >&3
echo 80
echo "progress 80 Copying files to /srv" >&3
printf 'XXX\nAlmost there\nXXX\n'
echo "progress 80 Almost there" >&3
echo "no number: 90"
echo "info no number: 90" >&3
echo 100
echo "progress 100 Almost there" >&3
