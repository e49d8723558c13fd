<?php // publish.php DATABASE SECONDS NAME: as publish.py, from PHP.
// SPDX-License-Identifier: MIT
[, $path, $seconds, $name] = $argv;
$db = new PDO("sqlite:$path");
$db->setAttribute(PDO::ATTR_TIMEOUT, 30);
$db->prepare("INSERT INTO job(name, state) VALUES(?, 'running')")->execute([$name]);
$job = $db->lastInsertId();
$log = $db->prepare('INSERT INTO log(job_id, message) VALUES(?, ?)');
$update = $db->prepare('UPDATE job SET progress=? WHERE id=?');
for ($end = microtime(true) + $seconds, $lines = 0; microtime(true) < $end; usleep(random_int(0, 1500000))) {
    for ($i = 0; $i < 5; $i++)
        $log->execute([$job, "$name " . ++$lines]);
    $update->execute([$lines % 100, $job]);
    echo "$lines\n";
}
$db->prepare("UPDATE job SET state='succeeded' WHERE id=?")->execute([$job]);
echo "$lines\n";
