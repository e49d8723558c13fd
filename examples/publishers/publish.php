<?php // publish.php DATABASE: a job with progress, lines and an end, from PHP.
// SPDX-License-Identifier: MIT
$db = new PDO('sqlite:' . $argv[1]);
$db->setAttribute(PDO::ATTR_TIMEOUT, 30);
$db->exec("INSERT INTO job(name, state) VALUES('import', 'running')");
$job = $db->lastInsertId();
$update = $db->prepare('UPDATE job SET progress=?, step=? WHERE id=?');
$log = $db->prepare('INSERT INTO log(job_id, level, message) VALUES(?, ?, ?)');
foreach ([25, 50, 75] as $percent) {
    $update->execute([$percent, 'Reading', $job]);
    $log->execute([$job, 'info', "read $percent of 100 rows"]);
}
$log->execute([$job, 'error', 'row 76 has no price']);
$end = $db->prepare("UPDATE job SET state='failed', error=? WHERE id=?");
$end->execute(['row 76 has no price', $job]);
