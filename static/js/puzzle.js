// Solves the puzzle that a form carries after failed tries: for each part a counter such that
// SHA-256("nonce:part:counter") begins with so many zero bits. Without this script the picture below is read instead.
// The digest is written out here because crypto.subtle costs a promise a call and is missing without TLS; the server
// computes every answer again, so an error here could only annoy.
"use strict";

(() => {
  const box = document.querySelector("[data-puzzle]");
  if (!box) return;
  const { nonce } = box.dataset;
  const [bits, parts] = [Number(box.dataset.bits), Number(box.dataset.parts)];
  const form = box.closest("form");
  const line = box.querySelector("[data-puzzle-line]");
  const bar = box.querySelector("progress");
  const picture = box.querySelector("[data-puzzle-picture]");
  const answer = box.querySelector("[name=puzzle_work]");
  let held = null; // the button that was pressed before the answer was there

  const SLICE_MS = 25; // between slices the page stays alive

  // FIPS 180-4: the first 32 bits of the fractional parts of roots of the primes.
  const [K, START] = (() => {
    const fraction = (root) => (root - Math.floor(root)) * 2 ** 32 | 0;
    const primes = [];
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    return [Int32Array.from(primes, (p) => fraction(Math.cbrt(p))), primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)))];
  })();
  const W = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  // The first 32 bits of the SHA-256 of an ASCII text of at most 55 characters: one block.
  function digestHead(text) {
    W.fill(0, 0, 16);
    for (let i = 0; i < text.length; i++) W[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    W[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    W[15] = text.length * 8;
    let a = START[0], b = START[1], c = START[2], d = START[3], e = START[4], f = START[5], g = START[6], h = START[7];
    for (let i = 0; i < 64; i++) {
      if (i > 15) {
        const x = W[i - 15], y = W[i - 2];
        W[i] = W[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + W[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      const t = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const u = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    return a + START[0];
  }

  const found = [];
  let counter = 0;

  function work() {
    const end = performance.now() + SLICE_MS;
    do {
      for (let i = 0; i < 200 && found.length < parts; i++, counter++) {
        if (Math.clz32(digestHead(`${nonce}:${found.length}:${counter}`)) < bits) continue;
        found.push(counter);
        counter = -1;
      }
    } while (found.length < parts && performance.now() < end);
    bar.value = found.length;
    if (found.length < parts) return void setTimeout(work);
    answer.value = found.join(".");
    line.textContent = box.dataset.done;
    bar.hidden = true;
    if (held) form.requestSubmit(held);
  }

  // A press before the end is kept and carried out at the end; captured, so that nobody takes the form for sent.
  document.addEventListener("submit", (event) => {
    if (event.target !== form || found.length === parts) return;
    event.preventDefault();
    held = event.submitter ?? form.querySelector("[type=submit]");
    line.textContent = box.dataset.held;
  }, true);

  picture.hidden = true; // before the first rendering, so that its lazy image is never asked for
  bar.hidden = line.hidden = false;
  bar.max = parts;
  // Announced because it changes; the words were not there when the page was read.
  setTimeout(() => { line.textContent = box.dataset.working; work(); }, 100);
  // The form was complete but for the puzzle: go on without a second press.
  if (box.dataset.continue !== undefined) held = form.querySelector(box.dataset.continue || "[type=submit]");
})();
