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
      for (const one of document.querySelectorAll(`[data-sum="${total.dataset.total}"]`)) sum += number(one.value);
      sum = Math.round(sum * 100) / 100;
      const wrong = limit && (total.dataset.exact ? sum !== limit : sum > limit);
      total.hidden = false;
      total.className = wrong ? "wrong" : "good";
      total.textContent = `${total.dataset.label} ${sum.toLocaleString()}${limit ? ` / ${limit.toLocaleString()}` : ""}`;
    };
    total.closest("form").addEventListener("input", add);
    add();
  }

  // Whoever fills in the last row gets another.
  for (const group of document.querySelectorAll("[data-rows]")) {
    group.addEventListener("input", () => {
      const last = group.querySelector("tbody tr:last-child");
      if (![...last.querySelectorAll("input")].some((one) => one.value)) return;
      const next = last.cloneNode(true);
      for (const one of next.querySelectorAll("input")) one.value = "";
      for (const one of next.querySelectorAll(".wrong")) one.remove();
      last.after(next);
    });
  }

  for (const output of document.querySelectorAll("output[data-autosave]")) {
    const form = output.closest("form");
    let waiting = null;
    const save = async () => {
      waiting = null;
      const body = new FormData(form);
      for (const [name, held] of [...body]) if (held instanceof File) body.delete(name);
      body.set("quiet", "1");
      body.set("form", output.dataset.form);
      try {
        const answer = await fetch(output.dataset.autosave, { method: "POST", body });
        const said = await answer.json();
        if (answer.ok && said.seen && form.elements.seen) form.elements.seen.value = said.seen;
        output.textContent = answer.ok ? `${output.dataset.saved} ${said.saved}` : said.error;
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
