// The inbox: clocks that count, keys that the frame does not know. Every action is a form that also works without this.

import { $, $$, isTyping } from "../console/parts/dom.js";

const LOOK_EVERY_MS = 15_000;
const began = Date.now();

/** Minutes left while the team's hours run; the server knows hours, holidays and breaks, and a new page asks it again. */
function count() {
  const passed = (Date.now() - began) / 60_000;
  for (const clock of $$("[data-minutes]")) {
    const left = Number(clock.dataset.minutes) - passed;
    clock.textContent = left >= 0 ? `${Math.round(left)} min` : `${Math.round(-left)} min late`;
    clock.classList.toggle("sla-late", left < 0);
    clock.classList.toggle("sla-soon", left >= 0 && left <= 10);
  }
}

setInterval(count, LOOK_EVERY_MS);

document.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-focus]");
  if (wanted) document.getElementById(wanted.dataset.focus)?.focus();
  const summary = event.target.closest(".hand > summary");
  if (summary) setTimeout(() => $("#hand-to")?.focus(), 0);
});

// Before the keys of the frame: "/" goes to the inbox's own filter, Ctrl Enter sends, Esc leaves the field.
document.addEventListener("keydown", (event) => {
  const inAnswer = event.target.closest?.("#inbox-answer");
  if (inAnswer && (event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    $("[data-send]")?.click();
  } else if (event.key === "Escape" && isTyping(event.target)) {
    event.target.blur();
  } else if (event.key === "/" && !isTyping(event.target) && !$("dialog[open]") && $("#inbox-text")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    $("#inbox-text").focus();
  }
}, true);

// A row that gets the focus by j and k is opened with Enter; a changed choice narrows the list at once.
$("#inbox-filters")?.addEventListener("change", (event) => event.target.form.requestSubmit());
