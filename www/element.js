/* element.js: what our elements have in common: a shadow root, our styles, the responder.
 *
 * - A page that uses them styles them by custom properties (--tailrow-…, styles.js) and ::part.
 *
 * SPDX-License-Identifier: MIT
 */
import { base } from './styles.js';

/** Where the responder is, with a slash: beside the scripts, or where the page's meta element
 * tailrow-api says. @type {string} */
export const API = (() => {
  /** @type {HTMLMetaElement | null} */
  const meta = document.querySelector('meta[name=tailrow-api]');
  return meta ? new URL(`${meta.content}/`, document.baseURI).href : new URL('api/', import.meta.url).href;
})();

/** The dashboard: a widget's links lead there. */
export const PAGE = new URL('.', import.meta.url).href;

export class TailrowElement extends HTMLElement {
  /** @type {CSSStyleSheet[]} */
  static styles = [];
  root = this.attachShadow({ mode: 'open' });

  constructor() {
    super();
    const { styles } = /** @type {typeof TailrowElement} */ (this.constructor);
    this.root.adoptedStyleSheets = [base, ...styles];
  }
}
