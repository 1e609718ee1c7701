// Domains and address ranges are pasted as they come: how many they are is told at once, and they are tidied when the
// field is left, never under the caret.
(function () {
  "use strict";

  const form = document.getElementById("draft");
  if (!form) return;
  const SEPARATORS = /[\s;,；，、]+/;

  function entries(text) { return text.split(SEPARATORS).filter(Boolean); }
  function bare(entry) {
    const host = entry.replace(/^[a-z]+:\/\//i, "").replace(/[/?#].*$/, "").replace(/:\d+$/, "");
    const plain = host.replace(/^www\./i, "");
    return (plain.includes(".") ? plain : host) || entry;
  }
  function isDomains(area) { return area.name.endsWith("-domains"); }
  function read(area) {
    const typed = entries(isDomains(area) ? area.value : area.value.replace(/\s*[-–—－~～〜至到]+\s*/g, "-"));
    if (!isDomains(area)) return { all: typed, tidied: 0, repeated: 0 };
    const names = typed.map(bare), seen = new Set(), all = names.filter((name) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()));
    return { all, tidied: typed.filter((each, place) => each !== names[place]).length, repeated: names.length - all.length };
  }

  function tell(area, done) {
    let line = area.parentElement.querySelector(".line-count");
    if (!line) {
      line = document.createElement("p");
      line.className = "caption line-count";
      area.after(line);
    }
    const found = read(area), parts = [];
    if (found.all.length) parts.push(`${found.all.length} ${isDomains(area) ? "个域名" : "段"}`);
    if (found.tidied) parts.push(`${found.tidied} 个去掉了 http://、www. 或路径`);
    if (found.repeated) parts.push(`重复的 ${found.repeated} 个已合并`);
    line.textContent = done || parts.join("，");
    area.rows = Math.min(Math.max(3, area.value.split("\n").length + 1), 14);
    return found;
  }

  function tidy(area) {
    const words = tell(area), text = words.all.join("\n");
    if (!isDomains(area) || area.value.trim() === text) return;
    const told = area.parentElement.querySelector(".line-count").textContent;
    area.value = text;
    tell(area, told);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function lines(target) { return target.matches && target.matches("textarea.mono"); }
  form.addEventListener("input", (event) => { if (lines(event.target) && event.target === document.activeElement) tell(event.target); });
  form.addEventListener("focusout", (event) => { if (lines(event.target)) tidy(event.target); });
  function start(root) { root.querySelectorAll("textarea.mono").forEach((area) => { if (area.value) tell(area); }); }
  start(form);
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt.querySelectorAll) start(event.detail.elt); });
})();
