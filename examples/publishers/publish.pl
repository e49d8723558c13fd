#!/usr/bin/perl
# publish.pl DATABASE: a job with progress, lines and an end, from Perl.
# SPDX-License-Identifier: MIT
use strict;
use warnings;
use DBI; # DBD::SQLite waits 30 s for a lock, by itself

my $db = DBI->connect("dbi:SQLite:dbname=$ARGV[0]", '', '', { RaiseError => 1 });
$db->do("INSERT INTO job(name, state) VALUES('invoices', 'running')");
my $job = $db->sqlite_last_insert_rowid;
for my $percent (25, 50, 75) {
	$db->do('UPDATE job SET progress=?, step=? WHERE id=?', undef, $percent, 'Printing', $job);
	$db->do('INSERT INTO log(job_id, message) VALUES(?, ?)', undef, $job, "$percent of 100 pages");
}
$db->do("UPDATE job SET state='succeeded' WHERE id=?", undef, $job);
