// The few words every module speaks.

export const $ = (selector, from = document) => from.querySelector(selector);
export const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
export const isTyping = (element) => Boolean(element.closest("input, textarea, select, [contenteditable]"));

/** An element with properties and children; text never becomes markup. */
export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** Run now for the whole page and again for every piece that htmx puts into it. */
export function onContent(run) {
  run(document);
  document.addEventListener("htmx:load", (event) => run(event.detail.elt));
}

/** The protection token of forms, for requests that are not a form. */
export function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
}
