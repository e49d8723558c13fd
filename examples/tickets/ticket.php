<?php // ticket.php: an hour's ticket for one job. usage: php ticket.php KEYFILE JOB
$b64 = fn ($bytes) => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
$key = trim(fgets(fopen($argv[1], 'r')));
$text = $b64(http_build_query(['until' => time() + 3600, 'job' => $argv[2]]));
echo $text, '.', $b64(hash_hmac('sha256', $text, $key, true)), "\n";
