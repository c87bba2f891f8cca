// The command palette: pages, accounts, contacts and deals by their words. Without script the box is the search page.

import { $, $$, make } from "./dom.js";

const WAIT_MS = 120;
const SVG = "http://www.w3.org/2000/svg";
const dialog = $("dialog.palette");
const input = dialog && $("input", dialog);
const list = dialog && $("[role=listbox]", dialog);
let active = -1;
let timer = 0;
let asked = 0;

function icon(kind) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", "16");
  svg.setAttribute("height", "16");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${kind}`);
  svg.append(use);
  return svg;
}

function choose(index) {
  const options = $$("[role=option]", list);
  active = options.length ? (index + options.length) % options.length : -1;
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
  if (active < 0) input.removeAttribute("aria-activedescendant");
  else {
    input.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  }
}

function show(lines, text) {
  list.replaceChildren(
    ...lines.map((line, at) => {
      const words = make("span", { className: "grow clip" }, make("b", { textContent: line.title }), " ", make("span", { className: "muted", textContent: line.detail }));
      const option = make("li", { id: `palette-${at}` }, icon(line.kind), words);
      option.setAttribute("role", "option");
      option.dataset.address = line.address;
      return option;
    }),
  );
  $(".palette-said", dialog).textContent = lines.length ? "" : text ? "Nothing found. Enter searches everything." : "";
  choose(lines.length ? 0 : -1);
}

async function suggest() {
  const text = input.value.trim();
  const mine = ++asked;
  const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (mine !== asked) return;
  if (!answer?.ok) {
    show([], text);
    $(".palette-said", dialog).textContent = "The server did not answer.";
    return;
  }
  show((await answer.json()).lines, text);
}

export function openPalette(text = "") {
  if (!dialog || dialog.open) return;
  input.value = text;
  dialog.showModal();
  input.focus();
  suggest();
}

if (dialog) {
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      location.assign($$("[role=option]", list)[active].dataset.address);
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  $("[data-palette-open]")?.addEventListener("click", (event) => {
    event.preventDefault();
    openPalette();
  });
  const box = $("[data-palette-form] input");
  box?.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    openPalette(box.value);
  });
}
