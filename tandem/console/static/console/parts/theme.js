// Theme: the server sets data-theme from a cookie, so the first paint is right; a change needs no new page.

import { $$, token } from "./dom.js";

const root = document.documentElement;

function show(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  $$(".theme-seg button").forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
  document.dispatchEvent(new CustomEvent("themechange"));
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const theme = event.submitter?.value ?? "auto";
  show(theme);
  const body = new URLSearchParams({ theme });
  await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" } });
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (!root.dataset.theme) document.dispatchEvent(new CustomEvent("themechange"));
});
