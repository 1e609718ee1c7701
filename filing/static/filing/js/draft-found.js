// Repeat customers: when a name, a certificate number or domains are left, the server is asked who was here before. What
// is known stands calmly below the field; it fills empty fields only, once somebody says so, and can be taken back.
(function () {
  "use strict";

  const form = document.getElementById("draft"), helps = document.getElementById("draft-helps");
  if (!form || !helps) return;
  const NAME = "subject-name", CERTIFICATE = "subject-certificate-number", DOMAINS = /^websites-[0-9a-z]+-domains$/;
  const REGIONS = ["province", "city", "county"].map((each) => `subject-address-${each}`);
  const FOOT = 96;
  const left = new Set(), asked = new Map();
  let filling = false;

  function cookie(name) {
    const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  function post(url, fields) {
    const headers = { "X-CSRFToken": cookie("csrftoken"), "HX-Request": "true" };
    return fetch(url, { method: "POST", body: new URLSearchParams(fields), headers });
  }
  function value(name) { return form.elements[name]?.value?.trim() || ""; }
  function kindOf(field) { return field.name === NAME ? "name" : field.name === CERTIFICATE ? "certificate" : DOMAINS.test(field.name) ? "domain" : ""; }

  function slot(field) {
    const box = field.closest(".field"), next = box.nextElementSibling;
    if (next?.matches(".known-slot")) return next;
    const found = document.createElement("div");
    found.className = "known-slot";
    found.setAttribute("aria-live", "polite");
    box.after(found);
    return found;
  }

  async function ask(field) {
    const by = kindOf(field), place = slot(field), typed = field.value.trim();
    if (asked.get(field.name) === typed) return;
    asked.set(field.name, typed);
    if (!typed) { place.replaceChildren(); return; }
    const fields = { by, operation: helps.dataset.operation, ref: ref(), once: form.elements.once.value, name: value(NAME), certificate: value(CERTIFICATE), number: value("subject_number") || value("subject-number"), domains: by === "domain" ? typed : "" };
    try {
      const response = await post(helps.dataset.lookup, fields);
      if (!response.ok && response.status !== 429) return;
      const text = await response.text();
      if (asked.get(field.name) !== typed) return;
      place.innerHTML = text;
      place.querySelectorAll("[data-known]").forEach((each) => { if (left.has(each.dataset.known) || shownElsewhere(each, place)) each.remove(); });
      if (!place.children.length) place.replaceChildren();
      // The field one has gone on to must not slip under the bar at the foot.
      const hidden = document.activeElement.getBoundingClientRect().bottom - (window.innerHeight - FOOT);
      if (hidden > 0 && form.contains(document.activeElement)) window.scrollBy(0, hidden);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // no network: saving says so
    }
  }

  function shownElsewhere(each, place) {
    return Array.from(form.querySelectorAll("[data-known]")).some((other) => other.dataset.known === each.dataset.known && !place.contains(other));
  }
  // The draft that this form became is no earlier request.
  function ref() { return new URLSearchParams((form.dataset.keep || "").split("?")[1] || "").get("ref") || helps.dataset.ref; }

  // --- taking over
  function isEmpty(control) { return control && "value" in control && !(control instanceof RadioNodeList) && !control.value.trim(); }

  async function fill(values) {
    const before = new Map(), regions = REGIONS.map((name) => values[name] || "");
    filling = true;
    try {
      if (regions[0] && isEmpty(form.elements[REGIONS[0]]) && window.draftRegions) {
        await window.draftRegions.fill(regions);
        before.set("regions", regions.join());
      }
      for (const [name, text] of Object.entries(values)) {
        const control = form.elements[name];
        if (REGIONS.includes(name) || !isEmpty(control)) continue;
        control.value = text;
        if (control.value) before.set(name, control.value);
      }
      // Only now: what follows from one field asks the server with all of them.
      for (const name of before.keys()) form.elements[name]?.dispatchEvent(new Event("change", { bubbles: true }));
    } finally {
      filling = false;
    }
    form.querySelectorAll("#g-subject-responsible details.more").forEach((more) => { if (Array.from(more.querySelectorAll("input")).some((each) => each.value)) more.open = true; });
    return before;
  }

  async function takeBack(before) {
    filling = true;
    try {
      const now = REGIONS.map((name) => value(name)).join();
      if (before.get("regions") === now) await window.draftRegions.fill([]);
      for (const [name, text] of before) {
        const control = form.elements[name];
        // What was changed by hand since stays.
        if (!control || control.value !== text) continue;
        control.value = "";
        control.dispatchEvent(new Event("change", { bubbles: true }));
      }
    } finally {
      filling = false;
    }
  }

  function done(box, before, words) {
    const bar = document.createElement("div"), mark = document.createElement("span"), undo = document.createElement("button");
    bar.className = "known-done";
    mark.className = "state";
    mark.dataset.state = before.size ? "good" : "attention";
    mark.textContent = words || (before.size ? `已填入 ${before.size} 处` : "没有空着的格子可填");
    bar.append(mark);
    if (before.size) {
      const more = document.createElement("span");
      more.className = "minor";
      more.textContent = "都可以再改，请对照原件";
      undo.type = "button";
      undo.className = "btn btn-sm btn-outline-secondary";
      undo.textContent = "撤销";
      undo.addEventListener("click", async () => { await takeBack(before); bar.replaceWith(box); box.querySelector("[data-take]").focus(); });
      bar.append(more, undo);
    }
    box.replaceWith(bar);
    (before.size ? undo : bar).focus();
  }

  document.addEventListener("click", async (event) => {
    const mine = event.target.closest("[data-take], [data-leave]");
    if (!mine || !form.contains(mine)) return;
    const box = mine.closest("[data-known]"), place = mine.closest(".known-slot");
    if ("leave" in mine.dataset) {
      left.add(mine.dataset.leave);
      const field = place.previousElementSibling.querySelector("input:not([type=hidden]), textarea");
      box.remove();
      field?.focus();
      return;
    }
    mine.disabled = true;
    const response = await post(helps.dataset.take, { key: mine.dataset.take });
    mine.disabled = false;
    if (response.status === 401) { done(box, new Map(), "登录已过期：请在新窗口登录，再回来填入"); return; }
    const answer = await response.json();
    done(box, response.ok ? await fill(answer.values) : new Map(), answer.problem);
  });

  document.addEventListener("change", (event) => { if (!filling && form.contains(event.target) && kindOf(event.target)) ask(event.target); });
})();
