/* dom.js: making and changing elements, text only.
 *
 * SPDX-License-Identifier: MIT
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {...(Node | string)} children a string becomes text, never markup
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {string} label @param {() => void} act @param {string} [className] */
export function button(label, act, className = '') {
  const made = element('button', className, label);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

/** @param {HTMLElement} target hidden while there is no text @param {string | null} [text] */
export function setText(target, text) {
  if (target.textContent !== (text ?? '')) target.textContent = text ?? '';
  target.hidden = !text;
}

/** @param {() => void} draw @returns {() => void} asks for one call before the next frame */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** Tells screen readers, not too often. @param {HTMLElement} region polite @param {number} [pause_ms] */
export function announcer(region, pause_ms = 3000) {
  /** @type {string[]} */
  let waiting = [];
  return (/** @type {string} */ sentence) => {
    if (waiting.push(sentence) > 1) return;
    setTimeout(() => {
      region.textContent = waiting.length > 3 ? `${waiting.length} changes.` : waiting.join(' ');
      waiting = [];
    }, pause_ms);
  };
}
