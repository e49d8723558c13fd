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

/**
 * Sets the text, and hides the element while there is none.
 *
 * @param {HTMLElement} target
 * @param {string | null} text
 */
export function setText(target, text) {
  if (target.textContent !== (text ?? '')) target.textContent = text;
  target.hidden = !text;
}

/**
 * Calls draw once before the next frame, however often it is asked to.
 *
 * @param {() => void} draw
 * @returns {() => void} asks for it
 */
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
