// The desk brings itself up to date (live.js). What a person is about to type is not swept away by that: while a menu is
// open or a field has the focus, the part waits for the next round. Loaded before live.js, which heeds it.
(function () {
  "use strict";

  function isAtWork(part) {
    if (part.querySelector("details.menu[open]")) return true;
    const active = document.activeElement;
    return Boolean(active && part.contains(active) && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName));
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.elt;
    if (part.matches && part.matches("[data-live]") && isAtWork(part)) event.detail.shouldSwap = false;
  });
})();
