# publish.pl DATABASE SECONDS NAME: as publish.py, from Perl.
# SPDX-License-Identifier: MIT
use strict;
use warnings;
use DBI;
use Time::HiRes qw(sleep time);

$| = 1;
my ($path, $seconds, $name) = @ARGV;
my $db = DBI->connect("dbi:SQLite:dbname=$path", '', '', { RaiseError => 1, PrintError => 0 });
$db->do("INSERT INTO job(name, state) VALUES(?, 'running')", undef, $name);
my $job = $db->sqlite_last_insert_rowid;
my ($end, $lines) = (time + $seconds, 0);
while (time < $end) {
	for (1 .. 5) {
		$lines++;
		$db->do('INSERT INTO log(job_id, message) VALUES(?, ?)', undef, $job, "$name $lines");
	}
	$db->do('UPDATE job SET progress=? WHERE id=?', undef, $lines % 100, $job);
	print "$lines\n";
	sleep rand 1.5;
}
$db->do("UPDATE job SET state='succeeded' WHERE id=?", undef, $job);
print "$lines\n";
