// Small conveniences of a page: menus close, the current section is in sight, citations light up, print, back.

import { $, $$, onContent } from "./dom.js";

document.addEventListener("click", (event) => {
  $$("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target) || event.target.closest("[data-help]")) menu.open = false;
  });
  if (event.target.closest("[data-print]")) print();
  if (event.target.closest("[data-back]")) history.back();
  const twist = event.target.closest(".tw");
  if (twist) {
    const open = twist.getAttribute("aria-expanded") !== "true";
    twist.setAttribute("aria-expanded", String(open));
    for (let row = twist.closest("tr").nextElementSibling; row?.matches(".sel"); row = row.nextElementSibling) row.hidden = !open;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && $("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
});

// Pointing at a claim lights its source, and the other way round.
for (const type of ["pointerover", "focusin"]) {
  document.addEventListener(type, (event) => {
    const cite = event.target.closest?.("[data-cite]");
    $$(".is-lit").forEach((element) => element.classList.remove("is-lit"));
    if (cite) $$(`[data-cite="${CSS.escape(cite.dataset.cite)}"]`).forEach((element) => element.classList.add("is-lit"));
  });
}

// On narrow screens the row of sections scrolls: bring the current one into sight.
const here = $(".sections [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 16;

// A form that came back with errors: the first wrong field takes the focus.
onContent((part) => $("form[method=post] [aria-invalid=true]", part)?.focus());

// Filter forms leave out what is not set, so that the address stays short.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("[data-list-form]")) return;
  const told = event.detail.parameters;
  for (const name of Object.keys(told)) if (told[name] === "") delete told[name];
});
