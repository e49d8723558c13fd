<?php
// export.php ID succeed|fail|die: the worker: a row of the job table tells how far it is.
//
// SPDX-License-Identifier: MIT
[, $id, $end] = $argv;
$db = new PDO('sqlite:' . getenv('TAILROW_DB'), null, null, [PDO::ATTR_TIMEOUT => 10]);
$results = getenv('TAILROW_RUN') . '/results';
$set = fn(string $columns, array $values) =>
    $db->prepare("UPDATE job SET $columns WHERE id = ?")->execute([...$values, $id]);
$beat = "beat_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

for ($percent = 0; $percent < 100; $percent += 10) {
    if ($percent === 50 && $end === 'fail') {
        $set("state = 'failed', error = ?", ['customer 512 has no address: mend it and export again']);
        exit(1);
    }
    if ($percent === 50 && $end === 'die') {
        posix_kill(getmypid(), SIGKILL);
    }
    $set("state = 'running', progress = ?, step = ?, $beat", [$percent, "Row " . $percent * 10 . " of 1000"]);
    usleep((int) (getenv('STEP_US') ?: 500000));
}
@mkdir($results);
file_put_contents("$results/customers-$id.csv", "id,name\n1,Ann\n2,Bob\n");
$set("state = 'succeeded', progress = 100, step = 'Done', url = ?", ["/pages/results/customers-$id.csv"]);
