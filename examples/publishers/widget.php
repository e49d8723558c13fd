<?php // widget.php: for a page that exists already: shows a job live where it is printed.
// SPDX-License-Identifier: MIT
//     require 'widget.php';
//     echo tailrow_widget($job);
function tailrow_widget($job, $at = '/tailrow/')
{
    return '<script type="module" src="' . htmlspecialchars($at) . 'tailrow-widgets.js"></script>'
        . '<tailrow-job job="' . (int) $job . '"></tailrow-job>'
        . '<tailrow-log job="' . (int) $job . '"></tailrow-log>';
}
