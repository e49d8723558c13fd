<?php
// publish.php SHOP: the shop: makes orders and moves them on in its own tables, until it is told to end.
//
// SPDX-License-Identifier: MIT
$db = new PDO("sqlite:$argv[1]", null, null, [PDO::ATTR_TIMEOUT => 10]);
$db->exec("PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY AUTOINCREMENT, customer TEXT, item TEXT, status TEXT, eta_min INTEGER);
    CREATE TABLE IF NOT EXISTS sales (id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT)");
$next = ['new' => 'packed', 'packed' => 'on its way', 'on its way' => 'delivered'];

for (;;) {
    $item = ['a lamp', 'two chairs', 'a desk', 'a rug'][rand(0, 3)];
    $insert = $db->prepare("INSERT INTO orders (customer, item, status, eta_min) VALUES (?, ?, 'new', 40)");
    $insert->execute([['ann', 'bob', 'cleo'][rand(0, 2)], $item]);
    $db->prepare('INSERT INTO sales (item) VALUES (?)')->execute([$item]);
    foreach ($db->query("SELECT id, status FROM orders ORDER BY random() LIMIT 3")->fetchAll() as $order) {
        if ($order['status'] === 'delivered') {
            $db->exec("DELETE FROM orders WHERE id = $order[id]");
        } else {
            $db->prepare('UPDATE orders SET status = ?, eta_min = max(0, eta_min - 10) WHERE id = ?')
                ->execute([$next[$order['status']], $order['id']]);
        }
    }
    usleep((int) (getenv('STEP_US') ?: 1500000));
}
