/* tokens.js: each row is a piece of the text; an empty one begins anew.
 *
 * SPDX-License-Identifier: MIT
 */
const text = document.getElementById('text');

new EventSource('/tailrow/api/events?event=token').addEventListener('token', ({ data }) => {
  text.textContent = data ? text.textContent + data : '';
});
