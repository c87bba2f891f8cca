// Toasts say what happened and offer the way back. They come from the server: as messages of a new page, or as the
// "toast" event of an htmx answer. Errors stay until they are closed.

import { $, $$, make, token } from "./dom.js";

const SHOWN_MS = 8000;
const NO_ANSWER = "The server did not answer. Check the connection, then try again.";

function fade(item) {
  if (item.dataset.kind === "error") return;
  let timer = setTimeout(() => item.remove(), SHOWN_MS);
  for (const type of ["pointerenter", "focusin"]) item.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["pointerleave", "focusout"]) {
    item.addEventListener(type, () => {
      clearTimeout(timer);
      timer = setTimeout(() => item.remove(), SHOWN_MS);
    });
  }
}

export function toast(text, { undo = "", kind = "" } = {}) {
  const box = $(".toasts");
  if (!box) return;
  const item = make("div", { className: kind === "error" ? "toast toast-error" : "toast" }, make("span", { textContent: text }));
  item.dataset.kind = kind;
  if (undo) {
    const back = make("button", { className: "btn btn-s", type: "button", textContent: "Undo" });
    back.dataset.undo = undo;
    item.append(back);
  }
  const close = make("button", { className: "btn btn-s", type: "button", textContent: "Close" });
  close.dataset.toastClose = "";
  item.append(close);
  box.replaceChildren(item);
  fade(item);
}

async function takeBack(address) {
  const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token(), Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) {
    location.reload();
    return;
  }
  const told = await answer?.json().catch(() => null);
  toast([told?.detail, told?.hint].filter(Boolean).join(" ") || NO_ANSWER, { kind: "error" });
}

document.addEventListener("click", (event) => {
  const undo = event.target.closest("[data-undo]");
  if (undo?.dataset.undo.startsWith("/")) {
    undo.disabled = true;
    takeBack(undo.dataset.undo);
    return;
  }
  event.target.closest("[data-toast-close], [data-undo]")?.closest(".toast")?.remove();
  const said = event.target.closest("[data-toast]");
  if (said) toast(said.dataset.toast);
});

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail));
document.addEventListener("refresh-part", (event) => {
  const part = document.getElementById(event.detail.id);
  if (part) window.htmx.trigger(part, "refresh");
});
document.addEventListener("htmx:sendError", () => toast(NO_ANSWER, { kind: "error" }));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || xhr.status === 422 || xhr.getResponseHeader("X-Tandem-Part") === "error") return;
  event.detail.shouldSwap = false;
  toast(NO_ANSWER, { kind: "error" });
});

$$("[data-toast-shown]").forEach(fade);
