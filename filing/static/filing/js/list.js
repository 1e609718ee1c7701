// Lists by keyboard: j and k move from row to row, Enter opens (it is a link). Filters apply as they are chosen.
(function () {
  "use strict";

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (event.key !== "j" && event.key !== "k") return;
    const rows = Array.from(document.querySelectorAll("[data-rows] [data-row]"));
    if (!rows.length) return;
    const here = rows.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(here + 1, rows.length - 1) : Math.max(here - 1, 0);
    event.preventDefault();
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  });

  document.querySelectorAll("[data-auto] [data-manual]").forEach((button) => { button.hidden = true; });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && /^(SELECT|INPUT)$/.test(event.target.tagName) && event.target.type !== "search") form.requestSubmit();
  });
})();
