// Checks a dropped or chosen PDF by its SHA-256, worked out here: the file itself is sent only when its owner asks for
// the full check. Without this script the form sends the file.
"use strict";

(() => {
  const form = document.querySelector("form[data-verify]");
  if (!form || !window.crypto?.subtle) return;
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector(".drop");
  const note = form.querySelector("[data-note]");
  const offer = form.querySelector("[data-offer]");
  const button = form.querySelector("[data-check]");
  let choice = 0;

  for (const element of form.querySelectorAll("[data-only-script]")) element.hidden = false;

  async function digestOf(file) {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function check() {
    const mine = ++choice;
    const file = input.files[0];
    offer.hidden = true;
    button.hidden = false;
    if (!file) return;
    if (file.size > Number(form.dataset.limit)) return void (note.textContent = form.dataset.large);
    note.textContent = form.dataset.working;
    try {
      const digest = await digestOf(file);
      if (mine === choice) ask(digest, mine);
    } catch {
      note.textContent = ""; // the file cannot be read here: the button sends it
      form.dataset.whole = "1";
    }
  }

  function ask(digest, mine) {
    const data = new FormData(form);
    data.delete("paper");
    data.set("digest", digest);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document"; // parsed by the browser, its scripts do not run
    request.addEventListener("load", () => { if (mine === choice) show(request); });
    request.addEventListener("error", () => { note.textContent = form.dataset.lost; });
    request.send(data);
  }

  function show(request) {
    note.textContent = "";
    if (request.status === 404) {
      offer.hidden = false;
      button.hidden = true;
      offer.querySelector("[data-whole]").focus();
      return;
    }
    const main = request.response?.querySelector("main");
    if (!main) return void (note.textContent = form.dataset.lost);
    document.title = request.response.title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    window.scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("portal:arrived", { detail: main }));
  }

  input.addEventListener("change", () => {
    delete form.dataset.whole;
    check();
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.whole || event.submitter?.hasAttribute("data-whole") || !input.files.length) return;
    event.preventDefault();
    check();
  });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    delete form.dataset.whole;
    check();
  });
})();
