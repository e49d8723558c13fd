<?php
// start.php: starts an export in the background, and answers with its job's id.
//
// SPDX-License-Identifier: MIT
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    http_response_code(405);
    exit;
}
$db = new PDO('sqlite:' . getenv('TAILROW_DB'), null, null, [PDO::ATTR_TIMEOUT => 10]);
$db->exec("INSERT INTO job(name) VALUES('export')");
$id = $db->lastInsertId();
$end = in_array($_POST['end'] ?? '', ['fail', 'die']) ? $_POST['end'] : 'succeed';
exec('php ' . escapeshellarg(__DIR__ . '/export.php') . " $id $end >/dev/null 2>&1 &");
header('Content-Type: application/json');
echo json_encode(['id' => (int) $id]);
