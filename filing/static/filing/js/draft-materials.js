// Materials: dropped, pasted, chosen or taken by camera; sent at once with progress; shown as they will go to the bureau;
// turned, exchanged, taken back. It asks nothing of the page but its data attributes:
//   [data-drop=name] a field of images   [data-materials] the list of papers   [data-needs] the checklist
//   [data-purpose] what a paper is for   [data-owner] whose it is   [data-paper] a line of the checklist
(function () {
  "use strict";

  const BLOCKS = "[data-block=attachments], [data-block=pre_approvals]", MB = 1024 * 1024, SOON = 400;
  const form = document.getElementById("draft");
  if (!form) return;
  const owners = JSON.parse(document.getElementById("purpose-owners")?.textContent || "{}");
  let queue = Promise.resolve(), needsTimer = 0;

  function cookie(name) {
    const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  function make(tag, className, text) {
    const found = document.createElement(tag);
    if (className) found.className = className;
    if (text) found.textContent = text;
    return found;
  }
  function button(words, act) {
    const found = make("button", "btn btn-sm btn-outline-secondary", words);
    found.type = "button";
    found.addEventListener("click", act);
    return found;
  }
  function changed() { form.dispatchEvent(new CustomEvent("draft:changed")); needs(); }
  function materials() { return document.querySelector("[data-materials]"); }

  // --- one image on its way
  function purposeOf(area) {
    const stem = area.dataset.drop.replace(/content$/, "purpose");
    return (form.querySelector(`[name="${stem}"]:checked`) || form.querySelector(`select[name="${stem}"]`))?.value || "";
  }

  function post(area, fields, progress) {
    const data = new FormData();
    data.append("field", area.dataset.drop);
    data.append("purpose", purposeOf(area));
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return new Promise((done, failed) => {
      // fetch tells nothing of how much has gone up; this does.
      const call = new XMLHttpRequest();
      call.open("POST", area.dataset.url);
      call.setRequestHeader("X-CSRFToken", cookie("csrftoken"));
      call.setRequestHeader("HX-Request", "true");
      if (progress) call.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress(event.loaded / event.total); });
      call.addEventListener("load", () => (call.status === 200 ? done(call.responseText) : failed(call.status)));
      call.addEventListener("error", () => failed(0));
      call.addEventListener("timeout", () => failed(0));
      call.timeout = 120000;
      call.send(data);
    });
  }

  function whyNot(status) {
    if (status === 401) return "登录已过期：请在新窗口登录，再回来重传";
    if (status === 403) return "没有填报的权限，请找管理员";
    if (status === 413) return "图片太大，服务器没有收：换一张小些的";
    return status ? "服务器出错，没有收下：请重传" : "连不上服务器：网络好了再重传";
  }

  function refuse(area, words, again) {
    const line = make("div", "wrong-words refused", words);
    line.setAttribute("role", "alert");
    if (again) line.append(" ", button("重传", () => { line.remove(); again(); }));
    area.querySelector(".taken").prepend(line);
  }

  function busy(area, words, share) {
    const bar = area.querySelector(".sending"), meter = bar.querySelector("progress"), text = bar.querySelector("[role=status]");
    bar.hidden = !words;
    if (text.textContent !== words) text.textContent = words;
    if (share === null) meter.removeAttribute("value"); else meter.value = Math.round(share * 100);
  }

  async function upload(area, file) {
    const name = file.name || "粘贴的图片", most = Number(area.dataset.most);
    if (file.size > most) {
      refuse(area, `“${name}”没有收下：图片不得超过 ${most / MB} MB，这张有 ${Math.ceil(file.size / MB)} MB`);
      return;
    }
    busy(area, `正在上传“${name}”`, 0);
    try {
      const text = await post(area, { file: new File([file], name, { type: file.type }) }, (share) => {
        if (share < 1) busy(area, `正在上传“${name}”`, share); else busy(area, "正在检查、缩小", null);
      });
      show(area, text);
    } catch (status) {
      if (typeof status !== "number") throw status;
      refuse(area, `“${name}”没有收下。${whyNot(status)}`, () => line(() => upload(area, file)));
    } finally {
      busy(area, "", 0);
    }
  }

  function show(area, text) {
    const taken = area.querySelector(".taken"), before = taken.querySelector(".image-taken");
    taken.querySelectorAll(".refused, .wrong-words, .replaced").forEach((each) => each.remove());
    if ("several" in area.dataset) taken.insertAdjacentHTML("beforeend", text);
    else {
      taken.innerHTML = text;
      const after = taken.querySelector(".image-taken");
      if (before && after && before.dataset.image !== after.dataset.image) offerBack(taken, before);
    }
    changed();
  }

  function offerBack(taken, before) {
    const bar = make("p", "minor replaced", "换下了前一张。");
    bar.setAttribute("role", "status");
    bar.append(" ", button("换回来", () => { taken.replaceChildren(before); changed(); before.querySelector("input").focus(); }));
    taken.append(bar);
  }

  // One after the other: an upload of many photos must not hold up the rest of the page.
  function line(act) { queue = queue.then(act, act); return queue; }

  // --- what is there already: another purpose, another way up
  async function again(area, image, fields, words) {
    busy(area, words, null);
    try {
      const text = await post(area, { content: image.dataset.image, ...fields });
      const fresh = make("div");
      fresh.innerHTML = text;
      if (fresh.querySelector(".image-taken")) image.replaceWith(...fresh.childNodes); else image.before(...fresh.childNodes);
      changed();
    } catch (status) {
      if (typeof status !== "number") throw status;
      refuse(area, whyNot(status));
    } finally {
      busy(area, "", 0);
    }
  }

  function turn(area, hash, degrees) {
    return line(async () => {
      const image = Array.from(area.querySelectorAll(".image-taken")).find((each) => each.dataset.image === hash);
      if (!image) return "";
      const place = Array.from(image.parentElement.children).indexOf(image);
      await again(area, image, { turn: degrees }, "正在转");
      return area.querySelector(".taken").children[place]?.dataset.image || "";
    });
  }

  // --- where files go
  function isEmpty(block) { return !block.querySelector(".taken input:checked, .sending:not([hidden])"); }

  async function addBlock() {
    const adder = document.querySelector("[data-add-material]");
    await htmx.ajax("GET", adder.getAttribute("hx-get"), { target: adder.getAttribute("hx-target"), swap: "beforeend" });
    return Array.from(document.querySelectorAll("#l-attachments > .block")).pop();
  }

  async function give(files, area) {
    const waiting = Array.from(files);
    const first = area ? ("several" in area.dataset ? waiting.splice(0) : waiting.splice(0, 1)) : [];
    first.forEach((file) => line(() => upload(area, file)));
    if (!waiting.length || !materials()) return;
    const most = Number(materials().dataset.mostFiles), blocks = Array.from(materials().querySelectorAll(".material-block")).filter((each) => isEmpty(each) && !each.contains(area));
    let begun = null;
    for (const file of waiting.slice(0, most)) {
      const block = blocks.shift() || await addBlock();
      begun = begun || block;
      line(() => upload(block.querySelector("[data-drop]"), file));
    }
    if (waiting.length > most) refuse(begun.querySelector("[data-drop]"), `一次最多收 ${most} 个文件，还有 ${waiting.length - most} 个没有收：请再拖一次`);
    begun.focus();
  }

  function areaAt(target) {
    const area = target.closest("[data-drop]"), block = target.closest(BLOCKS);
    return area || (block && block.querySelector("[data-drop]"));
  }

  function hasFiles(event) { return Array.from(event.dataTransfer?.types || []).includes("Files"); }
  function over(place) { document.querySelectorAll(".over").forEach((each) => { if (each !== place) each.classList.remove("over"); }); if (place) place.classList.add("over"); }

  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    // Also beside the fields: a browser that opens the dropped file would leave the form.
    event.preventDefault();
    const place = event.target.closest("[data-paper]") || areaAt(event.target) || event.target.closest("[data-materials]");
    event.dataTransfer.dropEffect = place ? "copy" : "none";
    over(place);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(null); });
  document.addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(null);
    const files = Array.from(event.dataTransfer.files), paper = event.target.closest("[data-paper]");
    if (paper) { give(files, (await begin(paper)).querySelector("[data-drop]")); return; }
    const area = areaAt(event.target);
    if (area || event.target.closest("[data-materials]")) give(files, area);
  });

  document.addEventListener("paste", (event) => {
    const files = Array.from(event.clipboardData?.files || []);
    if (!files.length) return;
    const nowhere = event.target === document.body || event.target === document.documentElement;
    const area = areaAt(event.target), part = materials();
    if (!area && !(part && (part.contains(event.target) || (nowhere && part.getClientRects().length)))) return;
    event.preventDefault();
    give(files, area);
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-upload]")) {
      give(field.files, field.closest("[data-drop]"));
      // It is sent by now: saving the form must not send it once more.
      field.value = "";
    } else if (field.matches("[data-purpose]")) purpose(field);
    else if (/^websites-[0-9a-z]+-name$/.test(field.name)) { nameOwners(); needs(); }
    else if (field.closest(".taken") || field.matches("[data-owner], [name=subject-nature], [name$=certificate_number]")) needs();
  });

  document.addEventListener("click", async (event) => {
    const mine = event.target.closest("[data-another], [data-turn], [data-begin-paper]");
    if (!mine || !form.contains(mine)) return;
    const area = mine.closest("[data-drop]");
    if ("another" in mine.dataset) area.querySelector("[data-upload]").click();
    else if ("turn" in mine.dataset) turnHere(area, mine);
    else {
      event.preventDefault();
      (await begin(mine.closest("[data-paper]"))).querySelector("[data-upload]").focus();
    }
  });

  async function turnHere(area, mine) {
    const image = mine.closest(".image-taken"), fresh = await turn(area, image.dataset.image, mine.dataset.turn);
    const shown = Array.from(area.querySelectorAll(".image-taken")).find((each) => each.dataset.image === fresh);
    shown?.querySelector(`[data-turn="${mine.dataset.turn}"]`)?.focus();
  }

  // --- what it is for, whose it is
  function websites() { return Array.from(document.querySelectorAll("#l-websites > .block")); }

  function nameOwners() {
    const list = document.getElementById("l-websites");
    if (list) {
      const named = websites().map((block, place) => {
        const name = form.elements[`${block.dataset.prefix}-name`]?.value.trim();
        return { value: block.dataset.prefix.replace("websites-", "website-"), text: `网站 ${place + 1}${name ? ` · ${name}` : ""}` };
      });
      form.querySelectorAll("select[data-owner]").forEach((select) => {
        const before = select.value, kept = Array.from(select.options).filter((option) => !option.value.startsWith("website-"));
        select.replaceChildren(...kept, ...named.map((each) => new Option(each.text, each.value)));
        select.value = Array.from(select.options).some((option) => option.value === before) ? before : "";
      });
    }
    form.querySelectorAll(".material-block").forEach(derive);
  }

  // The owner follows from the purpose, and is asked for only where several websites could be meant.
  function derive(block) {
    const whose = block.querySelector("select[data-owner]"), field = block.querySelector(".owner-field");
    if (!whose) return;
    const chosen = block.querySelector("[data-purpose]:checked")?.value || block.querySelector("select[data-purpose]")?.value || "";
    const kind = owners[chosen], sites = Array.from(whose.options).filter((each) => each.value.startsWith("website"));
    if (kind === "subject" && Array.from(whose.options).some((each) => each.value === "subject")) whose.value = "subject";
    else if (kind === "website" && !whose.value.startsWith("website")) whose.value = sites.length === 1 ? sites[0].value : "";
    const settled = kind === "subject" ? whose.value === "subject" : kind === "website" && sites.length === 1 && whose.value;
    field?.classList.toggle("asked", Boolean(chosen) && !settled && whose.options.length > 1);
  }

  function purpose(field) {
    const block = field.closest(BLOCKS), area = block?.querySelector("[data-drop]"), image = area?.querySelector(".image-taken");
    if (!block) return;
    derive(block);
    if (image?.querySelector("input:checked")) line(() => again(area, area.querySelector(".image-taken") || image, {}, "正在按用途的限制重做"));
    else changed();
  }

  async function begin(paper) {
    const there = Array.from(document.querySelectorAll(".material-block")).find((each) => isEmpty(each) && !each.querySelector("[data-purpose]:checked"));
    const block = there || await addBlock(), choice = block.querySelector(`[data-purpose][value="${paper.dataset.paper}"]`);
    if (choice) choice.checked = true;
    nameOwners();
    const whose = block.querySelector("select[data-owner]"), site = websites()[Number(paper.dataset.place)];
    if (whose && paper.dataset.place && site) whose.value = site.dataset.prefix.replace("websites-", "website-");
    derive(block);
    changed();
    block.scrollIntoView({ block: "nearest" });
    block.dataset.fromList = "";
    return block;
  }

  // --- the checklist
  function needs() {
    clearTimeout(needsTimer);
    needsTimer = setTimeout(async () => {
      const place = document.querySelector("[data-needs]");
      if (!place) return;
      const data = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string" && name !== "do" && name !== "csrfmiddlewaretoken") data.append(name, value);
      data.set("operation", place.dataset.operation);
      try {
        const response = await fetch(place.dataset.needs, { method: "POST", body: data, headers: { "X-CSRFToken": cookie("csrftoken"), "HX-Request": "true" } });
        if (response.ok) {
          const text = await response.text(), was = place.contains(document.activeElement) && document.activeElement.closest("[data-paper]");
          place.innerHTML = text;
          // Whose focus stood in the list keeps it there.
          if (was) (place.querySelector(`[data-paper="${was.dataset.paper}"] [data-begin-paper]`) || place.querySelector("[data-begin-paper]"))?.focus({ preventScroll: true });
          onward(place);
        }
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // no network: the list stays as it was; saving says so
      }
    }, SOON);
  }

  // A paper that was begun from the list is there: on to the next one that is missing, or to the next part.
  function onward(place) {
    const block = document.activeElement.closest(".material-block[data-from-list]");
    if (!block || !block.querySelector(".taken input:checked") || !document.activeElement.matches("[data-upload]")) return;
    delete block.dataset.fromList;
    (place.querySelector("[data-begin-paper]") || form.querySelector(".save-bar [data-next]:not([hidden])"))?.focus();
  }

  if (document.getElementById("l-websites")) new MutationObserver(() => { nameOwners(); needs(); }).observe(document.getElementById("l-websites"), { childList: true });
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt.matches?.(BLOCKS)) nameOwners(); });
  if (materials()) new MutationObserver(needs).observe(document.getElementById("l-attachments"), { childList: true });
  nameOwners();
  needs();

  window.draftMaterials = { give, turn };
})();
