/* notices.js: tells of jobs that ended while nobody looked, where the reader asks for it.
 *
 * - Browsers allow notifications on HTTPS and localhost only: elsewhere the button says so.
 *
 * SPDX-License-Identifier: MIT
 */
import { nameOf } from './job.js';

const KEY = 'tailrow-notices';

/** @param {HTMLButtonElement} toggle @param {import('./jobs.js').JobList} list */
export function setUpNotices(toggle, list) {
  const possible = isSecureContext && typeof Notification !== 'undefined';
  const on = () => possible && Notification.permission === 'granted' && localStorage.getItem(KEY) === 'on';
  const show = () => {
    const why = !isSecureContext ? 'Notifications need HTTPS: this page came without it.'
      : !possible ? 'This browser has no notifications.'
        : Notification.permission === 'denied' ? 'The browser was told to show none for this site.'
          : on() ? 'You are told when a job ends.' : 'Tell me when a job ends.';
    toggle.title = toggle.ariaLabel = why;
    toggle.ariaPressed = String(on());
    toggle.ariaDisabled = String(!possible || Notification.permission === 'denied');
  };
  toggle.addEventListener('click', async () => {
    if (!possible) return;
    const granted = await Notification.requestPermission() === 'granted';
    localStorage.setItem(KEY, granted && !on() ? 'on' : 'off');
    show();
  });
  list.addEventListener('ended', (event) => {
    const job = /** @type {CustomEvent} */ (event).detail;
    if (!on() || document.visibilityState === 'visible') return;
    const notice = new Notification(`${nameOf(job)}: ${job.state}`,
      { body: job.error ?? job.step ?? '', tag: `tailrow-${job.jobId}`, icon: 'icon.svg' });
    notice.onclick = () => {
      focus();
      location.hash = `#job=${job.jobId}`;
    };
  });
  show();
}
