/* connection.js: <tailrow-connection>, a pill that says whether what we see is live.
 *
 * SPDX-License-Identifier: MIT
 */

export class TailrowConnection extends HTMLElement {
  /** @param {import('./stream.js').Stream} stream */
  follow(stream) {
    const draw = () => {
      this.dataset.state = stream.state;
      this.textContent = stream.state === 'busy' ? 'server full' : stream.state;
    };
    stream.addEventListener('state', draw);
    draw();
  }
}

customElements.define('tailrow-connection', TailrowConnection);
