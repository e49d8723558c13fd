# cronicle.sh: a job as Cronicle's documentation has it; descriptor 3 says what it means.
echo "Starting"
echo "info Starting" >&3
for i in 1 2 3 4; do
	echo "$((i * 10))%"
	echo "progress $((i * 10))
info $((i * 10))%" >&3
	echo "disk 9$i% full"
	echo "info disk 9$i% full" >&3
done
for share in 0.5 0.75 1.0; do
	printf '{"progress":%s}\n' $share
	echo "progress $(echo $share | awk '{ print $1 * 100 }')" >&3
done
echo '{"progress":0.1,"message":"a record of some log"}'
echo 'info {"progress":0.1,"message":"a record of some log"}' >&3
