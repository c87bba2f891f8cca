// The review queue: moving on without waiting. Every decision is a form that also works without this module; here the
// next draft is fetched ahead, shown at once, and the list, the address and the count follow.

import { $, $$, isTyping, onContent, token } from "../console/parts/dom.js";

const AHEAD = 2;
const ahead = new Map();
const list = $("#review-rows");
const query = () => {
  const told = new URLSearchParams(location.search);
  told.delete("at");
  told.delete("edit");
  return told.size ? `?${told}` : "";
};
const rows = () => $$("[data-draft]:not(.is-done)", list ?? document.createElement("ol"));
const rowOf = (id) => rows().find((row) => row.dataset.draft === String(id));
const shownId = () => $("#review-pane")?.dataset.draft ?? "";

function fetchPane(id) {
  if (!ahead.has(id)) {
    const asked = fetch(`/review/${id}/pane${query()}`, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .catch(() => "");
    ahead.set(id, asked);
  }
  return ahead.get(id);
}

function fetchAhead() {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.draft === shownId());
  all.slice(at + 1, at + 1 + AHEAD).forEach((row) => fetchPane(row.dataset.draft));
}

function say(id) {
  fetch(`/review/${id}/shown`, { method: "POST", headers: { "X-CSRFToken": token() } }).catch(() => null);
}

function mark(row) {
  const all = rows();
  for (const one of all) {
    one.classList.toggle("is-cur", one === row);
    const link = $("a", one);
    if (one === row) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const place = $("#review-place");
  if (place) place.textContent = `${all.indexOf(row) + 1} of ${all.length}`;
}

async function open(row, { focus = false } = {}) {
  const id = row.dataset.draft;
  mark(row);
  if (focus) $("a", row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (id === shownId()) return;
  const text = await fetchPane(id);
  if (!row.classList.contains("is-cur")) return; // somebody moved on meanwhile
  ahead.delete(id);
  if (!text) {
    location.assign($("a", row).href);
    return;
  }
  window.htmx.swap("#review-pane", text, { swapStyle: "outerHTML" });
  history.replaceState(history.state, "", $("a", row).href);
  say(id);
  fetchAhead();
}

function count(step) {
  const told = $("#review-count");
  if (!told) return;
  const left = Math.max(Number(told.dataset.count) + step, 0);
  told.dataset.count = String(left);
  told.textContent = `${left} ${left === 1 ? "draft waits" : "drafts wait"}`;
}

/** Take a row out and go to the one behind it, or to the first; with none left the server says what comes next. */
function moveOn(id) {
  const row = rowOf(id);
  const all = rows();
  const at = all.indexOf(row);
  const next = all[at + 1] ?? all[at - 1];
  row?.classList.add("is-done");
  ahead.delete(String(id));
  if (!next) {
    location.assign(`/review${query()}`);
    return;
  }
  open(next, { focus: true });
}

document.addEventListener("review-decided", (event) => {
  const form = $("#review-undo");
  if (form) {
    form.action = event.detail.undo;
    form.hidden = false;
  }
  count(-1);
  moveOn(event.detail.draft);
});

document.addEventListener("review-refused", (event) => {
  ahead.clear();
  if (event.detail.gone) moveOn(event.detail.draft);
});

document.addEventListener("review-replaced", (event) => {
  const row = rowOf(event.detail.old);
  if (!row) return;
  row.dataset.draft = String(event.detail.new);
  const link = $("a", row);
  const address = new URL(link.href);
  address.searchParams.set("at", event.detail.new);
  link.href = address.pathname + address.search;
  history.replaceState(history.state, "", link.href);
});

if (list) {
  list.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-draft]");
    if (row && row.dataset.draft !== shownId()) open(row);
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-draft]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(row, { focus: true });
  });
  if ($("#review-pane [data-key=a]")) say(shownId());
  fetchAhead();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-skip]") || !list) return;
  event.preventDefault();
  const all = rows();
  const at = all.findIndex((row) => row.dataset.draft === shownId());
  if (all.length) open(all[(at + 1) % all.length], { focus: true });
});

// Another reason needs words: the field takes the focus instead of sending the form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-needs-words]");
  const note = button && $("#reject-note");
  if (!note || note.value.trim()) return;
  event.preventDefault();
  note.focus();
});

document.addEventListener("toggle", (event) => {
  if (event.target.id === "review-reasons" && event.target.open) $("[data-reason]", event.target)?.focus();
}, true);

function closeReasons() {
  const reasons = $("#review-reasons[open]");
  if (!reasons) return false;
  reasons.open = false;
  $("summary", reasons).focus();
  return true;
}

function digit(key) {
  const reasons = $("#review-reasons[open]");
  const found = reasons ? $(`[data-reason="${key}"]`, reasons) : document.getElementById(`src-${key}`);
  if (!found) return false;
  if (reasons) found.click();
  else {
    found.focus();
    found.scrollIntoView({ block: "nearest" });
  }
  return true;
}

// Before the keys of the frame: "/" goes to the queue's own filter, digits to reasons and sources, Esc leaves the editor.
document.addEventListener("keydown", (event) => {
  const inEditor = event.target.closest?.("#review-editor");
  if (inEditor && (event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    $("[data-save]")?.click();
    return;
  }
  if (event.key === "Escape" && !$("dialog[open]")) {
    if (inEditor) $("[data-cancel]")?.click();
    else if (!closeReasons()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $("dialog[open]")) return;
  const isMine = event.key === "/" ? $("#review-text") : /^[1-9]$/.test(event.key) && digit(event.key);
  if (!isMine) return;
  if (event.key === "/") $("#review-text").focus();
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// A changed choice narrows the queue at once.
$("#review-filters")?.addEventListener("change", (event) => event.target.form.requestSubmit());

// An opened editor takes the focus, at the beginning of the text.
onContent((part) => {
  const field = $("[data-autofocus]", part.parentElement ?? part);
  if (!field || field === document.activeElement) return;
  field.focus();
  field.setSelectionRange(0, 0);
});

// The filter form leaves out what is not set.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "review-filters") return;
  for (const field of event.target.elements) if (field.name && field.type !== "checkbox" && !field.value) field.disabled = true;
});

// Tick every draft of a batch that may be ticked.
$("[data-tick-all]")?.addEventListener("click", () => {
  const boxes = $$("input[name=draft]:not([disabled])");
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
});
