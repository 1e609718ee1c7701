// One part of the form at a time: the task list, next and back, links that lead into a part, the focus. All parts stay
// in one form, so nothing of saving and reading it changes; without scripts they stand below one another.
(function () {
  "use strict";

  const form = document.getElementById("draft");
  if (!form) return;
  const bar = form.querySelector(".save-bar"), nav = document.querySelector(".tasks-nav"), LAST = "submit";
  let now = null;

  function steps() { return Array.from(form.querySelectorAll(":scope > .part, :scope > #l-websites > .block")); }
  function stepOf(element) { return element ? steps().find((step) => step === element || step.contains(element)) : undefined; }
  function title(step) { return step.querySelector(".part-title").textContent.replace(/\s+/g, " ").trim(); }

  // A website is known by its place: its id may be one that the page made up and a reload forgets.
  function websites() { return steps().filter((step) => step.matches(".block[data-block=websites]")); }
  function address(step) {
    const place = websites().indexOf(step);
    return place < 0 ? step.id : `g-websites-${place}`;
  }
  function byAddress(id) {
    const website = /^g-websites-(\d+)/.exec(id);
    return (website && websites()[Number(website[1])]) || stepOf(document.getElementById(id));
  }

  function controls(step) {
    const found = "input:not([type=hidden]):not([type=file]), textarea, select, input[type=file]";
    return Array.from(step.querySelectorAll(found)).filter((each) => !each.disabled && each.getClientRects().length);
  }
  function isEmpty(control) {
    if (control.type === "radio" || control.type === "checkbox") return !control.closest(".field").querySelector("input:checked");
    if (control.type === "file") return !control.closest(".drop").querySelector(".taken input:checked");
    const chips = control.closest(".field").querySelector(".chips");
    return !control.value.trim() && !(chips && chips.children.length);
  }
  function isNeeded(control) {
    const field = control.closest(".region, .field");
    return Boolean(field) && !Array.from(field.querySelectorAll("label .optional, legend .optional")).some((each) => each.getClientRects().length);
  }

  // Where a person goes on: at what is wrong, else at what is missing, else at the heading.
  function enter(step) {
    const all = controls(step);
    const target = all.find((each) => each.getAttribute("aria-invalid") === "true") || all.find((each) => isNeeded(each) && isEmpty(each));
    if (target && step.id !== LAST) { target.focus({ preventScroll: true }); reveal(target); } else heading(step).focus({ preventScroll: true });
  }
  function reveal(target) {
    const box = target.getBoundingClientRect();
    if (box.top < 120 || box.bottom > window.innerHeight - 120) target.scrollIntoView({ block: "center" });
  }
  function heading(step) {
    const found = step.querySelector(".part-title");
    found.tabIndex = -1;
    return found;
  }

  function mark() {
    if (!now) return;
    nav.querySelectorAll("a").forEach((link) => {
      const is = stepOf(document.getElementById(link.hash.slice(1))) === now;
      if (is) link.setAttribute("aria-current", "step"); else link.removeAttribute("aria-current");
      // On a phone the list is a strip: the part one is in must be seen in it.
      if (is) { const strip = link.closest("ol"); if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft = link.offsetLeft - strip.offsetLeft - 16; }
    });
    const all = steps(), place = all.indexOf(now), next = all[place + 1], last = now.id === LAST;
    const forward = bar.querySelector("[data-next]");
    forward.hidden = !next;
    if (next) forward.firstChild.textContent = next.id === LAST ? "检查并提交 " : `下一步：${title(next)} `;
    bar.querySelector("[data-back]").hidden = place < 1;
    bar.querySelectorAll("[data-last]").forEach((each) => { each.hidden = !last; });
    form.querySelectorAll(":scope > .add").forEach((each) => each.classList.toggle("now", now.matches(".block[data-block=websites]")));
  }

  function show(step, { push = true, focus = true } = {}) {
    if (!step) return;
    const moved = step !== now;
    steps().forEach((each) => each.classList.toggle("now", each === step));
    now = step;
    mark();
    if (push && moved) history.pushState(null, "", `#${address(step)}`);
    if (moved) form.dispatchEvent(new CustomEvent("draft:step", { detail: { step, isLast: step.id === LAST } }));
    if (focus) { window.scrollTo(0, 0); enter(step); }
  }
  function move(by) {
    const all = steps();
    show(all[all.indexOf(now) + by]);
  }

  // A link to a field or a part opens the part that it stands in.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1)), step = stepOf(target);
    if (!step) return;
    event.preventDefault();
    if (step === target) { show(step); return; }
    show(step, { focus: false });
    const more = target.closest("details");
    if (more) more.open = true;
    const field = target.matches("fieldset") ? target.querySelector("input") : target;
    if (!field.matches("input, textarea, select, button, [tabindex]")) field.tabIndex = -1;
    target.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
  bar.addEventListener("click", (event) => {
    if (event.target.closest("[data-next]")) move(1);
    if (event.target.closest("[data-back]")) move(-1);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    // What was typed in a code field counts as left: the field decides.
    if (document.activeElement) document.activeElement.blur();
    move(event.shiftKey ? -1 : 1);
  });
  window.addEventListener("popstate", () => show(byAddress(location.hash.slice(1)) || first(), { push: false }));

  // A website that comes, is brought back or moved is gone to; from one that goes, to the first.
  new MutationObserver((changes) => {
    const came = changes.flatMap((change) => Array.from(change.addedNodes)).find((node) => node.isConnected && steps().includes(node));
    if (came) show(came, { focus: false });
    else if (now && !now.isConnected) show(websites()[0] || steps()[0], { push: false, focus: false });
    mark();
  }).observe(document.getElementById("l-websites") || form, { childList: true });
  form.addEventListener("draft:tasks", mark);

  function first() {
    const asked = byAddress(location.hash.slice(1)) || (form.dataset.next && stepOf(document.getElementById(form.dataset.next)));
    if (asked) return asked;
    if ("asked" in form.dataset) return document.getElementById(LAST);
    const marked = stepOf(form.querySelector(".field.marked, .field.wrong"));
    const open = Array.from(nav.querySelectorAll("a")).find((link) => link.querySelector(".state:not([data-state=good])"));
    return marked || ("begun" in form.dataset && open && stepOf(document.getElementById(open.hash.slice(1)))) || steps()[0];
  }

  form.classList.add("stepped");
  window.addEventListener("DOMContentLoaded", () => {
    const begun = first(), told = document.querySelector("[data-focus]");
    show(begun === document.getElementById(LAST) && !("asked" in form.dataset) && !location.hash ? steps()[0] : begun, { push: false, focus: !told });
  });
})();
