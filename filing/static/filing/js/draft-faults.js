// What is wrong, at the field and in the summary. The server looks at the whole form each time; shown is what concerns
// fields that were left, so that nobody is told off for what they have not come to, and everything once they asked.
(function () {
  "use strict";

  const form = document.getElementById("draft");
  if (!form) return;
  const summary = document.getElementById("faults"), told = document.getElementById("told");
  const left = new Set();
  let faults = null, heed = [], asked = "asked" in form.dataset, now = null;

  function boxes() { return Array.from(form.querySelectorAll("[id^='field-']")); }
  function nameOf(box) { return box.id.slice("field-".length); }
  function boxOf(element) { return element.closest("[id^='field-']"); }
  function isFilled(box) {
    if (box.querySelector(".chip, .taken input:checked")) return true;
    return Array.from(box.querySelectorAll("input:not([type=hidden]), textarea, select")).some((each) => (/radio|checkbox/.test(each.type) ? each.checked : each.value && each.value.trim()));
  }

  function counts(fault) { return asked || (!fault.is_gap && left.has(fault.anchor.slice(2))); }

  // --- at the field
  function line(box, kind, words) {
    const letter = kind === "wrong-words" ? "w" : "y", id = `${letter}-${nameOf(box)}`, before = box.querySelector(`:scope > .${kind}, :scope > fieldset > .${kind}`);
    const had = before ? before.textContent : "";
    if (words.join("") === had.replace(/\s*\n\s*/g, "")) return false;
    const control = document.getElementById(`f-${nameOf(box)}`);
    if (!words.length) before.remove();
    else {
      const text = before || document.createElement("p");
      text.className = kind;
      text.id = id;
      text.replaceChildren(...words.flatMap((each, place) => (place ? [document.createElement("br"), each] : [each])));
      if (!before) {
        const inside = box.querySelector(":scope > fieldset") || box;
        const after = inside.querySelector(kind === "wrong-words" ? ":scope > .hint" : ":scope > .wrong-words") || inside.querySelector(":scope > .hint") || inside.querySelector(":scope > label, :scope > legend");
        after.after(text);
      }
    }
    if (control) describe(control, id, words.length > 0, kind === "wrong-words");
    return words.length > 0;
  }
  function describe(control, id, there, isWrong) {
    const rest = (control.getAttribute("aria-describedby") || "").split(" ").filter((each) => each && each !== id);
    const ids = there ? (isWrong ? [id, ...rest] : [...rest, id]) : rest;
    if (ids.length) control.setAttribute("aria-describedby", ids.join(" ")); else control.removeAttribute("aria-describedby");
    if (!isWrong || control.matches("fieldset")) return;
    control.classList.toggle("is-invalid", there && !control.matches("[type=file]"));
    if (there) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
  }

  function messages(list, anchor) { return list.filter((each) => each.anchor === anchor).map((each) => each.message); }

  function render() {
    if (!faults) return;
    const shown = faults.filter(counts), news = [];
    boxes().forEach((box) => {
      const anchor = `f-${nameOf(box)}`, wrong = messages(shown, anchor);
      const look = left.has(nameOf(box)) || asked ? messages(heed, anchor).map((each) => `请留意：${each}`) : [];
      if (line(box, "wrong-words", wrong)) news.push(...shown.filter((each) => each.anchor === anchor).map((each) => `${each.words}：${each.message}`));
      line(box, "heed-words", look);
      box.classList.toggle("wrong", wrong.length > 0 || Boolean(box.querySelector(".region .wrong-words")));
    });
    const regions = document.getElementById("regions");
    if (regions) regions.classList.toggle("wrong", Boolean(regions.querySelector(".wrong-words")));
    // Words of a whole block stand at its head until they are true no more.
    form.querySelectorAll(".part > .wrong-words").forEach((each) => { if (!faults.some((fault) => fault.message === each.textContent)) each.remove(); });
    list(shown);
    if (news.length && !asked) told.textContent = news.join("。");
  }

  // --- the summary: made when a part is come to, and only shortened while one types, so that nothing jumps
  let listed = new Set();
  function key(fault) { return `${fault.anchor} ${fault.message}`; }
  function here(fault) {
    const target = document.getElementById(fault.anchor);
    return !now || now.isLast || (target && now.step.contains(target));
  }
  function list(shown, anew) {
    if (anew || (now && now.isLast)) listed = new Set(shown.filter(here).map(key));
    const lines = shown.filter((each) => listed.has(key(each)));
    const gaps = lines.filter((each) => each.is_gap).length, wrong = lines.length - gaps;
    summary.setAttribute("role", "region");
    summary.hidden = !lines.length;
    summary.querySelector(".state").textContent = `有 ${[wrong ? `${wrong} 处要改` : "", gaps ? `${gaps} 处要补` : ""].filter(Boolean).join("，")}`;
    summary.querySelector("ol").replaceChildren(...lines.filter((each) => !each.is_gap).map(wrongLine), ...gapLines(lines.filter((each) => each.is_gap)));
  }
  function linkTo(fault, words) {
    const link = document.createElement("a");
    link.href = `#${fault.anchor}`;
    link.textContent = words;
    return link;
  }
  function wrongLine(fault) {
    const item = document.createElement("li");
    item.append(linkTo(fault, `${fault.words}：${fault.message}`));
    return item;
  }
  // What is missing is one line for each part: twenty lines that say "fill this in" say nothing.
  function gapLines(gaps) {
    const parts = new Map();
    gaps.forEach((each) => {
      const [part, ...rest] = each.words.split(" · ");
      if (!parts.has(part)) parts.set(part, []);
      parts.get(part).push(linkTo(each, rest.join(" · ") || each.message));
    });
    return Array.from(parts, ([part, links]) => {
      const item = document.createElement("li");
      item.append(`${part}${/\d$/.test(part) ? " " : ""}还要补：`, ...links.flatMap((each, place) => (place ? ["、", each] : [each])));
      return item;
    });
  }
  // Before the first answer the page tells what it came with; of that, too, only what concerns this part.
  function sift() {
    let count = 0;
    summary.querySelectorAll("li").forEach((item) => {
      const target = document.getElementById(item.querySelector("a").hash.slice(1));
      item.hidden = Boolean(now && !now.isLast && !(target && now.step.contains(target)));
      count += item.hidden ? 0 : 1;
    });
    summary.hidden = !count;
    const gaps = summary.querySelectorAll("li:not([hidden]) a[data-gap]").length;
    summary.querySelector(".state").textContent = `有 ${[count - gaps ? `${count - gaps} 处要改` : "", gaps ? `${gaps} 处要补` : ""].filter(Boolean).join("，")}`;
  }

  form.addEventListener("focusout", (event) => {
    const box = boxOf(event.target);
    if (box && event.relatedTarget !== event.target) { left.add(nameOf(box)); render(); }
  });
  form.addEventListener("draft:step", (event) => {
    now = event.detail;
    if (now.isLast) asked = true;
    if (faults) { render(); list(faults.filter(counts), true); } else sift();
  });
  form.addEventListener("draft:checked", (event) => {
    ({ faults, heed } = event.detail);
    render();
  });
  // A piece of the form that came anew knows nothing of it yet.
  document.addEventListener("htmx:afterSettle", render);
  boxes().filter(isFilled).forEach((box) => left.add(nameOf(box)));
})();
