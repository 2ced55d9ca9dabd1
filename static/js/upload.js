// Improves <input type="file" data-upload>: preview, smaller photos, size check, progress, another try after a lost
// connection. Without this file the same form is sent by the browser itself.
//
// The input carries its words and its limit (portal.casework.uploads.INPUT_ATTRIBUTES): data-max-bytes and data-text-*.
// The form is sent where it says, with all its fields (token and key of the form included), so a repeated sending is
// as harmless as a double click.
"use strict";

(() => {
  const LONGEST_SIDE_PX = 2000;
  const THUMB_PX = 320;
  const JPEG_QUALITY = 0.85;
  const SILENCE_MS = 90_000; // no byte moved for so long: the connection is as good as lost
  const language = document.documentElement.lang || undefined;
  const megabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: "percent" });
  const fields = new WeakMap(); // input → its field
  const address = () => location.pathname + location.search;
  let shown = address();

  function made(tag, className) {
    const element = document.createElement(tag);
    element.className = className;
    return element;
  }

  function words(input, name, values = {}) {
    const text = input.dataset[`text${name}`] || "";
    return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  // --- One input ------------------------------------------------------------------------------------------------------

  function enhance(input) {
    if (fields.has(input)) return;
    const field = { input, note: made("p", "form-text upload-note"), choice: 0, ready: Promise.resolve() };
    field.note.setAttribute("role", "status");
    (input.closest(".upload") || input.parentElement).append(field.note);
    offerButton(input);
    fields.set(input, field);
    input.addEventListener("change", () => {
      field.ready = choose(field, ++field.choice);
    });
    if (input.files.length) field.ready = choose(field, ++field.choice); // the browser kept the choice over a reload
  }

  // The browser's own button speaks the browser's language. The input stays, hidden from the eye only: it keeps the
  // focus, the keyboard and the name that the page gave it.
  function offerButton(input) {
    if (!input.id || !words(input, "Choose")) return; // the camera's input has a button around it already
    const button = made("label", "btn btn-secondary upload-button");
    button.htmlFor = input.id;
    button.textContent = words(input, "Choose");
    button.setAttribute("aria-hidden", "true");
    input.classList.add("upload-input");
    input.after(button);
  }

  function say(field, text, isWrong = false) {
    field.note.textContent = text;
    field.note.classList.toggle("invalid-feedback", isWrong);
    field.note.classList.toggle("d-block", isWrong);
  }

  function show(field, element) {
    field.note.before(element);
    return element;
  }

  async function choose(field, choice) {
    const { input } = field;
    clear(field);
    const chosen = [...input.files];
    if (!chosen.length) return;
    if (chosen.some((file) => !isAccepted(input, file))) return refuse(field, words(input, "WrongType"));
    const limit = Number(input.dataset.maxBytes) || Infinity;
    const files = [];
    for (const file of chosen) {
      const smaller = await prepared(field, file, limit, choice);
      if (choice !== field.choice) return; // another file was chosen meanwhile
      files.push(smaller);
    }
    if (files.some((file, index) => file !== chosen[index])) replace(input, files);
    if ([...input.files].some((file) => file.size > limit)) return refuse(field, words(input, "TooLarge"));
    say(field, [...input.files].map((file) => described(input, file)).join(" · "));
  }

  function clear(field) {
    field.input.setCustomValidity("");
    field.thumb?.remove();
    field.retry?.remove();
    forgetRefusal(field.input);
    say(field, "");
  }

  // What the server said of the file before does not hold for the one that is chosen now.
  function forgetRefusal(input) {
    const box = input.closest(".paper-form, .field");
    if (!box || !input.files.length) return;
    box.classList.remove("has-error");
    for (const error of box.querySelectorAll(".invalid-feedback:not(.upload-note)")) error.remove();
    for (const wrong of box.querySelectorAll(".is-invalid")) {
      wrong.classList.remove("is-invalid");
      wrong.removeAttribute("aria-invalid");
      wrong.removeAttribute("aria-describedby");
    }
  }

  function refuse(field, text) {
    field.input.setCustomValidity(text);
    say(field, text, true);
  }

  function isAccepted(input, file) {
    const accepted = input.accept.split(",").map((type) => type.trim()).filter(Boolean);
    return !accepted.length || accepted.includes(file.type);
  }

  function described(input, file) {
    const name = `\u2068${file.name}\u2069`; // kept apart, or a Latin name would turn the Persian line around
    return words(input, "Chosen", { name, size: megabytes.format(Math.max(file.size / 2 ** 20, 0.1)) });
  }

  // Not every browser lets a page fill a file input; the large file is then sent as it is.
  function replace(input, files) {
    try {
      const transfer = new DataTransfer();
      files.forEach((file) => transfer.items.add(file));
      input.files = transfer.files;
    } catch {
      // the choice stays
    }
  }

  // --- Pictures -------------------------------------------------------------------------------------------------------

  // The same file, or a smaller JPEG of it; shows the picture on the way. What cannot be drawn is left to the server.
  async function prepared(field, file, limit, choice) {
    if (!file.type.startsWith("image/") || !window.createImageBitmap) return file;
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      return file;
    }
    if (choice !== field.choice) return file;
    field.thumb?.remove();
    field.thumb = show(field, drawn(bitmap, THUMB_PX));
    field.thumb.classList.add("upload-thumb");
    field.thumb.setAttribute("role", "img");
    field.thumb.setAttribute("aria-label", words(field.input, "Preview"));
    const isLarge = Math.max(bitmap.width, bitmap.height) > LONGEST_SIDE_PX || file.size > limit;
    if (!isLarge) return file;
    say(field, words(field.input, "Shrinking"));
    const canvas = drawn(bitmap, LONGEST_SIDE_PX);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
  }

  function drawn(bitmap, side) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white"; // what is transparent is white paper
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  // --- Sending --------------------------------------------------------------------------------------------------------

  function chosenFields(form) {
    const inputs = [...form.querySelectorAll("input[type=file][data-upload]")];
    return inputs.filter((input) => input.files.length && fields.has(input)).map((input) => fields.get(input));
  }

  async function onSubmit(event) {
    const form = event.target;
    const chosen = chosenFields(form);
    if (!chosen.length) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    await Promise.all(chosen.map((field) => field.ready));
    if (form.noValidate || event.submitter?.formNoValidate || form.reportValidity()) send(form, event.submitter, chosen[0]);
    else delete form.dataset.sending;
  }

  function send(form, submitter, field) {
    const { input } = field;
    const data = new FormData(form, submitter);
    field.retry?.remove();
    const bar = show(field, made("progress", "upload-progress"));
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", words(input, "Sending", { percent: "" }).trim());

    const request = new XMLHttpRequest();
    request.open("POST", submitter?.hasAttribute("formaction") ? submitter.formAction : form.action);
    request.responseType = "document"; // parsed by the browser, its scripts do not run
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE_MS);
    };
    request.upload.addEventListener("progress", (moved) => {
      listen();
      if (!moved.lengthComputable) return;
      bar.value = moved.loaded / moved.total;
      say(field, words(input, "Sending", { percent: percent.format(bar.value) }));
    });
    request.upload.addEventListener("load", () => say(field, words(input, "Checking")));
    request.addEventListener("loadend", () => {
      clearTimeout(silence);
      bar.remove();
      delete form.dataset.sending;
      if (request.status === 413) return refuse(field, words(input, "TooLarge"));
      const isAnswered = request.status > 0 && request.status < 500 && request.status !== 429;
      if (isAnswered && arrive(request)) return;
      fail(form, submitter, field);
    });
    listen();
    request.send(data);
  }

  // The file is still chosen: one press sends the same form, with the same key, again.
  function fail(form, submitter, field) {
    say(field, words(field.input, "Failed"), true);
    field.retry = made("button", "btn btn-secondary upload-retry");
    field.retry.type = "button";
    field.retry.textContent = words(field.input, "Retry");
    field.retry.addEventListener("click", () => form.requestSubmit(submitter || undefined));
    field.note.after(field.retry);
    field.retry.focus();
  }

  // --- The answer -----------------------------------------------------------------------------------------------------

  // Shows the page that came back and says whether one did. It is put in place instead of being loaded anew, because
  // its messages are shown once only; a page that needs other scripts is loaded all the same.
  function arrive(request) {
    const page = request.response;
    const main = page?.querySelector("main");
    if (!main) return false;
    const isElsewhere = request.responseURL.split("#")[0] !== location.href.split("#")[0];
    const isMove = isElsewhere && request.status < 400;
    if (isMove && !hasScriptsOf(page)) {
      location.assign(request.responseURL);
      return true;
    }
    if (isMove) history.pushState(null, "", request.responseURL);
    shown = address();
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("portal:arrived", { detail: main }));
    enhanceAll(main);
    return true;
  }

  function hasScriptsOf(page) {
    const here = new Set([...document.scripts].map((script) => script.getAttribute("src")));
    return [...page.scripts].every((script) => here.has(script.getAttribute("src")));
  }

  function enhanceAll(root) {
    for (const input of root.querySelectorAll("input[type=file][data-upload]")) enhance(input);
  }

  enhanceAll(document);
  document.addEventListener("submit", onSubmit, true); // before other listeners, which leave a handled event alone
  window.addEventListener("popstate", () => {
    if (address() !== shown) location.reload(); // back from a page that was put in place; a mere #anchor is none
  });
})();
