// Improvements only: each page and form works without this file.
"use strict";

const words = document.body.dataset;
// A page that answers a form would be asked for by POST again: back and reload lead to the record instead.
if (words.posted) history.replaceState(null, "", words.posted);

const live = document.createElement("p");
live.className = "visually-hidden";
live.setAttribute("role", "status");
document.body.append(live);

// Codes: a button that copies Latin digits, since other systems expect them.
function addCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const box of root.querySelectorAll("[data-copy-value]")) {
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = words.copy;
    if (box.dataset.copyName) button.setAttribute("aria-label", `${words.copy}: ${box.dataset.copyName}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.dataset.copyValue);
      button.textContent = words.copied;
      live.textContent = words.copied;
      setTimeout(() => { button.textContent = words.copy; live.textContent = ""; }, 2500);
    });
    box.append(button);
  }
}

// The first error, or the step that was asked for, gets the focus.
function focusFirst(root) {
  root.querySelector("[data-focus]")?.focus();
}

function addPrintButtons(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

// A second press on a button that is already working does nothing; the server would refuse it as well.
function guardDoublePress(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-disabled", "true");
  });
}

function forgetSent() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

function enliven(root) {
  addCopyButtons(root);
  addPrintButtons(root);
  for (const form of root.querySelectorAll("form[method=post]")) guardDoublePress(form);
  focusFirst(root);
}

enliven(document);
// upload.js puts the answer in place without loading a page.
document.addEventListener("portal:arrived", (event) => enliven(event.detail));
window.addEventListener("pageshow", forgetSent);
