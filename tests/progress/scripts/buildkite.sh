# buildkite.sh: headers of Buildkite around what only looks like them; descriptor 3 says what is
# meant.
lines() {
	tee /dev/fd/4 | sed 's/^/info /' >&3
}
exec 4>&1

echo "--- :package: Build"
echo "group :package: Build" >&3
printf '%s\n' one two three >old
printf '%s\n' one '-- two' three >new
printf '%s\n' '-- one' two >older
echo "cc -c app.c" | lines
diff -u old new | lines
diff -u older old | lines
git diff --no-index --no-prefix --no-color old new | lines
echo "+++ :warning: Tests"
echo "group-end :package: Build" >&3
echo "group :warning: Tests" >&3
echo "--- FAIL: TestX (0.00s)" | lines
echo "~~~ Clean up"
echo "group-end :warning: Tests" >&3
echo "group Clean up" >&3
rm -v old new older | lines
echo "group-end Clean up" >&3
