// Recompute a link of the audit chain in the reader's own browser.
"use strict";
(() => {
  const place = document.getElementById("in-browser");
  if (!place || !window.crypto || !window.crypto.subtle) return;
  const read = (id) => document.getElementById(id).textContent.trim();
  const button = place.querySelector("button");
  const output = place.querySelector("output");
  place.hidden = false;
  button.addEventListener("click", async () => {
    const linked = `${read("position")}:${read("previous")}:${read("digest")}`;
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(linked));
    const hex = [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    output.textContent = hex === read("link") ? button.dataset.good : button.dataset.bad;
  });
})();
