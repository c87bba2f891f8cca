// The Why? panel: one at a time; focus goes in and comes back; the address keeps the state.
// A press on a[data-why] opens a panel of this page (#id) or one that htmx fetches into #panel.

import { $, $$ } from "./dom.js";

const FETCHED = "#why=";
const ADDRESS = /^\/[\w/.-]*\/why\/[\w/.-]*$/;
let opener = null;

function isShown(panel) {
  return getComputedStyle(panel).display !== "none";
}

function open(panel, from, hash) {
  $$(".panel").forEach((other) => {
    other.classList.toggle("is-open", other === panel);
    other.classList.toggle("is-closed", other !== panel);
  });
  opener = from ?? null;
  history.replaceState(history.state, "", hash);
  $("h2", panel)?.focus({ preventScroll: true });
}

export function closePanel() {
  const shown = $$(".panel").filter(isShown);
  if (!shown.length) return false;
  shown.forEach((panel) => {
    panel.classList.remove("is-open");
    panel.classList.add("is-closed");
  });
  history.replaceState(history.state, "", location.pathname + location.search);
  if (opener?.isConnected) opener.focus();
  opener = null;
  return true;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const panel = link && link.hash.length > 1 && document.getElementById(link.hash.slice(1));
  if (panel?.matches(".panel")) {
    event.preventDefault();
    open(panel, link, link.hash);
  } else if (event.target.closest("[data-close]")) {
    event.preventDefault();
    closePanel();
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target.closest?.("[data-why]");
  if (link) opener = link;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const panel = document.getElementById("panel");
  const path = event.detail.pathInfo?.requestPath ?? "";
  if (!panel || event.detail.target?.id !== "panel" || !$("h2", panel)) return;
  open(panel, opener, ADDRESS.test(path) ? FETCHED + path : location.hash || location.pathname + location.search);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("dialog[open]") && !$("details.menu[open]")) closePanel();
});

const asked = location.hash.startsWith(FETCHED) ? location.hash.slice(FETCHED.length) : "";
if (ADDRESS.test(asked)) {
  window.htmx?.ajax("GET", asked, { target: "#panel", swap: "outerHTML" });
} else if (location.hash.length > 1) {
  const panel = document.getElementById(location.hash.slice(1));
  if (panel?.matches(".panel")) open(panel, null, location.hash);
}
