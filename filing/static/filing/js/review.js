// Keys of the review, papers side by side with the values, and what is compared already. Nothing here decides:
// `a` only goes to the button.
(function () {
  "use strict";

  const review = document.querySelector("[data-review]");
  if (!review) return;
  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";
  const follow = (mark) => { const link = document.querySelector(`[${mark}]`); if (link) link.click(); };

  // --- papers
  const tabs = Array.from(review.querySelectorAll("[data-material]"));
  const panels = Array.from(review.querySelectorAll(".material"));
  let shown = 0;
  function show(place) {
    if (!panels[place]) return;
    shown = place;
    panels.forEach((panel, each) => { panel.hidden = each !== place; });
    tabs.forEach((tab, each) => {
      tab.classList.toggle("active", each === place);
      if (each === place) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
    });
    const bar = tabs[place] && tabs[place].closest(".material-nav");
    if (bar) bar.scrollLeft = tabs[place].offsetLeft - bar.offsetLeft - 16;
    if (viewer && viewer.open) enlarge();
  }
  const step = (by) => show(Math.min(panels.length - 1, Math.max(0, shown + by)));
  const turned = (holder) => { holder.dataset.turns = (Number(holder.dataset.turns || 0) + 1) % 4; };

  // --- one paper, large, with the values that it proves
  const viewer = document.getElementById("viewer");
  const frame = viewer && viewer.querySelector(".viewer-image");
  function enlarge() {
    const panel = panels[shown], small = panel.querySelector(".paper-image"), image = new Image();
    image.src = small.querySelector("img").src;
    image.alt = small.querySelector("img").alt;
    frame.replaceChildren(image);
    frame.dataset.turns = small.dataset.turns || 0;
    viewer.querySelector("#viewer-title").textContent = panel.dataset.title;
    viewer.querySelector("[data-viewer-whose]").textContent = panel.dataset.whose;
    viewer.querySelector("[data-viewer=before]").disabled = shown === 0;
    viewer.querySelector("[data-viewer=after]").disabled = shown === panels.length - 1;
    const rows = viewer.querySelector(".viewer-rows dl");
    rows.replaceChildren();
    panel.querySelectorAll(".compare tbody tr").forEach((row) => {
      const name = row.querySelector("th"), value = row.querySelector("td");
      if (!name) return;
      const term = document.createElement("dt"), words = document.createElement("dd");
      term.textContent = name.textContent;
      words.textContent = Array.from(value.children).map((each) => each.textContent).join("\n");
      rows.append(term, words);
    });
    if (!viewer.open) viewer.showModal();
  }
  const acts = {
    before: () => step(-1),
    after: () => step(1),
    turn: () => { const small = panels[shown].querySelector(".paper-image"); turned(small); frame.dataset.turns = small.dataset.turns; },
    size: () => {
      const full = frame.classList.toggle("full-size");
      viewer.querySelector("[data-viewer=size]").setAttribute("aria-pressed", String(full));
    },
    close: () => viewer.close(),
  };
  if (viewer) {
    viewer.querySelectorAll("[data-viewer]").forEach((button) => button.addEventListener("click", () => acts[button.dataset.viewer]()));
    frame.addEventListener("click", acts.size);
    review.querySelectorAll("[data-zoom]").forEach((link) => link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;   // a new tab was asked for
      event.preventDefault();
      enlarge();
    }));
  }
  const viewerKeys = { ArrowLeft: "before", ArrowRight: "after", t: "turn", x: "size", z: "close" };

  // --- what is compared already
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

  // --- deciding
  function deciding(form) {
    const words = form.elements.opinion, phrases = form.querySelector("[data-phrases]");
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
    // Enter in the words must not let a filing go: it sends them back only by its button. Shift+Enter is a new line.
    words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.querySelector("[data-return]").focus(); }
    });
    phrases.addEventListener("click", (event) => {
      const button = event.target.closest("[data-phrase]");
      if (!button) return;
      const said = words.value.trim();
      words.value = said && !said.includes(button.dataset.phrase) ? `${said.replace(/[。；]$/, "")}；${button.dataset.phrase}` : said || button.dataset.phrase;
      phrases.open = false;
      words.focus();
    });
    phrases.addEventListener("keydown", (event) => {
      const buttons = Array.from(phrases.querySelectorAll("[data-phrase]")), by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") { phrases.open = false; words.focus(); }
      if (!by || !phrases.open) return;
      event.preventDefault();
      buttons[Math.min(buttons.length - 1, Math.max(0, buttons.indexOf(document.activeElement) + by))].focus();
    });
    document.addEventListener("click", (event) => { if (!phrases.contains(event.target)) phrases.open = false; });
  }

  if (panels.length > 1) show(0);
  tabs.forEach((tab, place) => tab.addEventListener("click", (event) => { event.preventDefault(); show(place); }));
  ticks();
  review.querySelectorAll("[data-turn]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => turned(button.closest(".paper").querySelector(".paper-image"))); });
  const form = document.getElementById("decide");
  if (form) deciding(form);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (viewer && viewer.open) {
      if (viewerKeys[event.key]) { event.preventDefault(); acts[viewerKeys[event.key]](); }
      return;
    }
    const help = document.getElementById("key-help");
    if (help && help.open) return;
    const go = () => event.preventDefault();
    if (event.key === "j") follow("data-after");
    else if (event.key === "k") follow("data-before");
    else if (event.key === "ArrowRight" && panels.length > 1) { go(); step(1); }
    else if (event.key === "ArrowLeft" && panels.length > 1) { go(); step(-1); }
    else if (event.key === "z" && panels.length) { go(); enlarge(); }
    else if (event.key === "t" && panels.length) turned(panels[shown].querySelector(".paper-image"));
    else if (/^[1-9]$/.test(event.key)) show(Number(event.key) - 1);
    else if (event.key === "a") { const button = review.querySelector("[data-approve]"); if (button) { go(); button.focus(); } }
    else if (event.key === "r") { const field = review.querySelector("[name=opinion]"); if (field) { go(); field.focus(); } }
  });
})();
