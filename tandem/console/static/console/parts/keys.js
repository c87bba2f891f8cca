// Keyboard: j and k move, Enter opens, letters press the button that carries them, g then a letter goes somewhere.

import { $, $$, isTyping } from "./dom.js";
import { openPalette } from "./palette.js";

const LEADER_MS = 1500;
let leader = 0;

const current = () => $("[data-row].is-cur");

function move(step) {
  const rows = $$("[data-row]").filter((row) => row.offsetParent);
  if (!rows.length) return;
  const at = rows.indexOf(current());
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  current()?.classList.remove("is-cur");
  next.classList.add("is-cur");
  next.scrollIntoView({ block: "nearest" });
  $("a, button", next)?.focus({ preventScroll: true });
}

function press(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const button = (current() && $(wanted, current())) ?? $(wanted);
  button?.click();
  return Boolean(button);
}

function act(event) {
  switch (event.key) {
    case "g": leader = event.timeStamp; return true;
    case "j": move(1); return true;
    case "k": move(-1); return true;
    case "/": openPalette(); return true;
    case "?": $("dialog.help")?.showModal(); return true;
    case "w": $("[data-why]", current() ?? document)?.click(); return true;
    default: return press(event.key);
  }
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $("dialog[open]")) return;
  const place = leader && event.timeStamp - leader < LEADER_MS && $(`[data-go="${CSS.escape(event.key)}"]`);
  leader = 0;
  if (place) {
    event.preventDefault();
    location.assign(place.href);
  } else if (act(event)) {
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) $("dialog.help")?.showModal();
  if (event.target.closest("[data-help-close]")) $("dialog.help")?.close();
});

// The row one works in is the current one, by mouse as well.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || row === current()) return;
  current()?.classList.remove("is-cur");
  row.classList.add("is-cur");
});
