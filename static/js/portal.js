// Improvements only: each page and form works without this file.
"use strict";

const words = document.body.dataset;
const live = document.createElement("p");
live.className = "visually-hidden";
live.setAttribute("role", "status");
document.body.append(live);

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

// Codes: a button that copies Latin digits, since other systems expect them.
function addCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const box of root.querySelectorAll("[data-copy-value]")) {
    const button = element("button", "copy", words.copy);
    button.type = "button";
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

function sizeAllowed(box, input) {
  const limit = Number(box.dataset.maxBytes || Infinity);
  const tooLarge = [...input.files].some((file) => file.size > limit);
  input.setCustomValidity(tooLarge ? words.tooLarge : "");
  if (tooLarge) input.reportValidity();
  return !tooLarge;
}

// The answer of an upload is this site's own page, so its text may become a document.
const policy = window.trustedTypes?.createPolicy("portal-upload", { createHTML: (text) => text });

function showAnswer(request) {
  const isElsewhere = request.responseURL && request.responseURL !== location.href;
  if (isElsewhere && request.status < 400) return location.assign(request.responseURL);
  const text = policy ? policy.createHTML(request.responseText) : request.responseText;
  const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  if (!main) return location.reload();
  document.querySelector("main").replaceWith(main);
  enliven(main);
}

// Files: progress while they travel; after a lost connection the choice is still there to be sent again.
function sendWithProgress(form) {
  form.addEventListener("submit", (event) => {
    const inputs = [...form.querySelectorAll("input[type=file]")];
    if (!inputs.some((input) => input.files.length)) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    form.querySelector(".upload-lost")?.remove();
    const data = new FormData(form, event.submitter);
    const bar = element("progress", "");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", words.sending);
    inputs.find((input) => input.files.length).closest(".upload, .field, form").append(bar);
    live.textContent = words.sending;
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (moved) => { if (moved.lengthComputable) bar.value = moved.loaded / moved.total; });
    request.addEventListener("load", () => showAnswer(request));
    request.addEventListener("error", () => {
      delete form.dataset.sent;
      bar.remove();
      const lost = element("p", "invalid-feedback upload-lost", words.lost);
      lost.setAttribute("role", "alert");
      form.append(lost);
    });
    request.send(data);
  });
}

function enliven(root) {
  addCopyButtons(root);
  addPrintButtons(root);
  for (const box of root.querySelectorAll("[data-max-bytes]")) {
    const input = box.querySelector("input[type=file]");
    input?.addEventListener("change", () => sizeAllowed(box, input));
  }
  for (const form of root.querySelectorAll("form[method=post]")) {
    if (form.hasAttribute("data-upload")) sendWithProgress(form);
    else guardDoublePress(form);
  }
  focusFirst(root);
}

enliven(document);
document.addEventListener("portal:arrived", (event) => enliven(event.detail)); // upload.js put a page in place
window.addEventListener("pageshow", forgetSent);
