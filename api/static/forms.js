// Forms with a little help: sums in front of you, one more row, drafts kept. Each works without it.
"use strict";
(() => {
  // As plain_number of domain/quantities.py reads it.
  const number = (text) => {
    const plain = text.normalize("NFKC").trim().replace(/\s*[元%]$/, "");
    return Number(/^\d{1,3}([,_ ]\d{3})+(\.\d*)?$/.test(plain) ? plain.replace(/[,_ ]/g, "") : plain) || 0;
  };

  for (const total of document.querySelectorAll("[data-total]")) {
    const limit = Number(total.dataset.limit);
    const add = () => {
      let sum = 0;
      for (const part of document.querySelectorAll(`[data-sum="${total.dataset.total}"]`)) sum += number(part.value);
      sum = Math.round(sum * 100) / 100;
      const wrong = limit && (total.dataset.exact ? sum !== limit : sum > limit);
      total.hidden = false;
      total.className = wrong ? "wrong" : "good";
      total.textContent = `${total.dataset.label} ${sum.toLocaleString()}${limit ? ` / ${limit.toLocaleString()}` : ""}`;
    };
    total.closest("form").addEventListener("input", add);
    add();
  }

  // What accepting a part pays: the mean of the shares of the instalment, less what was paid before.
  for (const part of document.querySelectorAll("output[data-instalment]")) {
    const form = part.closest("form");
    const shares = [...form.querySelectorAll("input[data-share]")];
    const pay = () => {
      const mean = shares.reduce((sum, share) => sum + number(share.value), 0) / shares.length;
      const due = (Number(part.dataset.instalment) * mean) / 100 - Number(part.dataset.paid);
      const verdict = form.elements.verdict.value;
      part.hidden = verdict !== "in_part" || due < 0;
      part.textContent = `${part.dataset.label} ${(Math.round(due * 100) / 100).toLocaleString()}`;
    };
    form.addEventListener("input", pay);
    pay();
  }

  // The total of marks by their weights, as the result will be computed from them.
  for (const total of document.querySelectorAll("output[data-weighted]")) {
    const form = total.closest("form");
    const marks = [...form.querySelectorAll("input[data-weight]")];
    const weigh = () => {
      const missing = marks.filter((mark) => !mark.value.trim()).length;
      const sum = marks.reduce((points, mark) => points + number(mark.value) * Number(mark.dataset.weight), 0);
      total.hidden = missing === marks.length;
      total.textContent = missing
        ? total.dataset.missing.replace("{n}", missing)
        : `${total.dataset.weighted} ${(Math.round(sum) / 100).toFixed(2)}`;
    };
    form.addEventListener("input", weigh);
    weigh();
  }

  // When the last row is filled in, an empty one follows.
  for (const group of document.querySelectorAll("[data-rows]")) {
    group.addEventListener("input", () => {
      const last = group.querySelector("tbody tr:last-child");
      if (![...last.querySelectorAll("input")].some((input) => input.value)) return;
      const next = last.cloneNode(true);
      for (const input of next.querySelectorAll("input")) input.value = "";
      for (const mark of next.querySelectorAll(".wrong")) mark.remove();
      last.after(next);
    });
  }

  for (const output of document.querySelectorAll("output[data-autosave]")) {
    const form = output.closest("form");
    let waiting = null;
    const save = async () => {
      waiting = null;
      const body = new FormData(form);
      for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
      body.set("quiet", "1");
      body.set("form", output.dataset.form);
      try {
        const answer = await fetch(output.dataset.autosave, { method: "POST", body });
        const kept = await answer.json();
        if (answer.ok && kept.seen && form.elements.seen) form.elements.seen.value = kept.seen;
        output.textContent = answer.ok ? `${output.dataset.saved} ${kept.saved}` : kept.error;
      } catch {
        output.textContent = output.dataset.unsaved;
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(save, 1500);
    });
    form.addEventListener("submit", () => clearTimeout(waiting));
  }

  const problem = document.getElementById("problem");
  if (problem) problem.focus();
})();
