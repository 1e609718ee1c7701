// Keys of the review, and what is compared already. Nothing here decides: `a` only goes to the button.
(function () {
  "use strict";

  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";
  const follow = (mark) => { const link = document.querySelector(`[${mark}]`); if (link) link.click(); };

  // --- the queue: j and k move, Enter opens
  const queue = document.querySelector("[data-queue]");
  function move(step) {
    const rows = Array.from(queue.querySelectorAll("tbody tr")), now = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const to = Math.min(rows.length - 1, Math.max(0, now + step));
    rows.forEach((row, place) => row.toggleAttribute("data-selected", place === to));
    rows[to].querySelector("a").focus();
    rows.forEach((row, place) => { if (place === to) row.setAttribute("aria-selected", "true"); else row.removeAttribute("aria-selected"); });
  }

  // --- one request
  const review = document.querySelector("[data-review]");
  const tabs = review ? Array.from(review.querySelectorAll("[data-material]")) : [];
  const panels = review ? Array.from(review.querySelectorAll(".material")) : [];
  function show(place) {
    if (!panels[place]) return;
    panels.forEach((panel, each) => { panel.hidden = each !== place; });
    tabs.forEach((tab, each) => {
      tab.classList.toggle("active", each === place);
      if (each === place) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
    });
    const bar = tabs[place] && tabs[place].closest(".material-nav");
    if (bar) bar.scrollLeft = tabs[place].offsetLeft - bar.offsetLeft - 16;
  }
  tabs.forEach((tab, place) => tab.addEventListener("click", (event) => { event.preventDefault(); show(place); }));

  function ticks() {
    const boxes = Array.from(review.querySelectorAll("[data-tick]")), key = `review.${review.dataset.review}`;
    const words = review.querySelector("[data-left]");
    let done = [];
    try { done = JSON.parse(sessionStorage.getItem(key)) || []; } catch (error) { done = []; }
    const count = () => {
      const left = boxes.filter((box) => !box.checked).length;
      if (words) { words.textContent = left ? `还有 ${left} 项没有对照` : "都对照过了"; words.hidden = !boxes.length; }
    };
    boxes.forEach((box) => {
      box.checked = done.includes(box.dataset.tick);
      box.closest("tr").classList.toggle("ticked", box.checked);
      box.addEventListener("change", () => {
        box.closest("tr").classList.toggle("ticked", box.checked);
        sessionStorage.setItem(key, JSON.stringify(boxes.filter((each) => each.checked).map((each) => each.dataset.tick)));
        count();
      });
    });
    review.querySelectorAll(".tick").forEach((cell) => { cell.hidden = false; });
    count();
  }

  function turn(button) {
    const picture = button.closest(".paper").querySelector(".paper-image");
    picture.dataset.turns = (Number(picture.dataset.turns || 0) + 1) % 4;
  }

  if (review) {
    if (panels.length > 1) show(0);
    ticks();
    review.querySelectorAll("[data-turn]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => turn(button)); });
    const form = document.getElementById("decide");
    if (form) form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
    // Enter in the words must not let a filing go: it sends them back only by its button.
    if (form) form.elements.opinion.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); form.querySelector("[data-return]").focus(); }
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const step = { j: 1, k: -1 }[event.key];
    if (queue && step) { event.preventDefault(); move(step); return; }
    if (!review) return;
    if (step) follow(step > 0 ? "data-after" : "data-before");
    else if (event.key === "z") { const open = panels.find((panel) => !panel.hidden); if (open) open.querySelector("[data-zoom]").click(); }
    else if (/^[1-9]$/.test(event.key)) show(Number(event.key) - 1);
    else if (event.key === "a") { const button = review.querySelector("[data-approve]"); if (button) { event.preventDefault(); button.focus(); } }
    else if (event.key === "r") { const field = review.querySelector("[name=opinion]"); if (field) { event.preventDefault(); field.focus(); } }
  });
})();
