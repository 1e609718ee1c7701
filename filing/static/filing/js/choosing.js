// Choosing several rows: all shown, from one to another with shift, x by keyboard; how many are chosen stands beside.
(function () {
  "use strict";

  document.querySelectorAll("[data-choosing]").forEach((form) => {
    const boxes = () => Array.from(form.querySelectorAll("[data-one]:not(:disabled)"));
    const all = form.querySelector("[data-all]");
    let last = null;

    function tell() {
      const ones = boxes();
      const count = ones.filter((each) => each.checked).length;
      form.querySelectorAll("[data-count]").forEach((each) => { each.textContent = String(count); });
      form.querySelectorAll("[data-needs-chosen]").forEach((each) => { each.disabled = count === 0; });
      if (all) {
        all.checked = count > 0 && count === ones.length;
        all.indeterminate = count > 0 && count < ones.length;
      }
    }

    form.addEventListener("click", (event) => {
      const box = event.target.closest("[data-one]");
      if (!box) return;
      const ones = boxes();
      if (event.shiftKey && last && ones.includes(last)) {
        const [from, to] = [ones.indexOf(last), ones.indexOf(box)].sort((a, b) => a - b);
        ones.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
      }
      last = box;
      tell();
    });
    form.addEventListener("change", (event) => {
      if (event.target === all) boxes().forEach((each) => { each.checked = all.checked; });
      tell();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const row = document.activeElement && document.activeElement.closest("tr");
      const box = row && form.contains(row) && row.querySelector("[data-one]:not(:disabled)");
      if (box && document.activeElement.tagName === "A") { event.preventDefault(); box.checked = !box.checked; last = box; tell(); }
    });
    // The browser may bring back what was chosen before going elsewhere.
    window.addEventListener("pageshow", tell);
    tell();
  });
})();
