/* tailrow-widgets.js: our elements for a page that exists already:
 *
 *   <script type="module" src="/tailrow/tailrow-widgets.js"></script>
 *   <tailrow-job job="42"></tailrow-job>       one job, its progress and how it ends
 *   <tailrow-log job="42"></tailrow-log>       its log, live; job="none": lines of no job
 *   <tailrow-badge name="backup"></tailrow-badge>   how the last job of that name is
 *   <tailrow-feed event="order"></tailrow-feed>     the last rows of an event of your own
 *   <tailrow-clock></tailrow-clock>            the server's time, and whether it can be reached
 *
 * - ticket="…" on any of them, where the page's reader does not sign in.
 * - All of them, in all tabs, share one connection. They are styled by ::part and by custom
 *   properties (element.js), follow the page's color-scheme, and pass a strict policy.
 *
 * SPDX-License-Identifier: MIT
 */
import './ansi.js'; // named here, so that all are fetched at once
import './element.js';
import './filter.js';
import './log-copy.js';
import './log-line.js';
import './log-lines.js';
import './log-search.js';
import './log-sections.js';
import './log-styles.js';
import './log-view.js';
import './tailrow.js';
import './badge.js';
import './clock.js';
import './feed.js';
import './job.js';
import './log.js';
