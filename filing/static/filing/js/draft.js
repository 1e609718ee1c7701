// The form of a filing: blocks come and go, one person's data are copied, images are dropped in, nothing is lost.
(function () {
  "use strict";

  const form = document.getElementById("draft");
  if (!form) return;
  function changed() { form.dispatchEvent(new CustomEvent("draft:changed")); }

  // --- what follows from the nature of the subject
  function nature(select) {
    // What only units need goes, unless something stands in it already: that is for the person to take out.
    form.querySelectorAll(".unit-only").forEach((field) => field.classList.toggle("filled", Boolean(field.querySelector("input").value)));
    form.classList.toggle("individual", select.value === form.dataset.individual);
  }

  // An identity number tells its own kind: nobody needs to choose it.
  const ID_CARD = "2";
  function paper(number) {
    const kind = form.elements[number.name.replace(/number$/, "type")];
    if (!kind || kind.value || !/^\d{17}[\dXx]$/.test(number.value.trim())) return;
    kind.value = ID_CARD;
    if (kind.value) kind.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // --- lists of blocks: websites, accesses, pre-approvals, attachments
  function blocks(list) { return Array.from(list.children).filter((each) => each.matches(".block")); }

  function renumber() {
    form.querySelectorAll("[data-list]").forEach((list) => blocks(list).forEach((block, place) => {
      const number = block.querySelector("[data-place]");
      if (number) number.textContent = place + 1;
    }));
  }

  function remove(button) {
    const block = button.closest(".block"), list = block.parentElement, next = block.nextSibling;
    const title = block.querySelector(".part-title").textContent.replace(/\s+/g, " ").trim();
    const name = form.elements[`${block.dataset.prefix}-name`];
    const bar = document.createElement("p"), undo = document.createElement("button");
    bar.className = "removed";
    bar.setAttribute("role", "status");
    bar.append(`已删去 ${title}${name && name.value ? `（${name.value}）` : ""}，保存后生效。`);
    undo.type = "button";
    undo.className = "btn btn-sm btn-outline-secondary";
    undo.textContent = "撤销";
    undo.addEventListener("click", () => { bar.replaceWith(block); renumber(); changed(); block.focus(); });
    bar.append(undo);
    list.insertBefore(bar, next);
    block.remove();
    renumber();
    changed();
    undo.focus();
  }

  function raise(button) {
    const block = button.closest(".block"), list = block.parentElement, all = blocks(list), place = all.indexOf(block);
    if (place > 0) { list.insertBefore(block, all[place - 1]); renumber(); changed(); block.scrollIntoView(); block.focus({ preventScroll: true }); }
  }

  // An individual is the responsible person: what is not said twice stands with the subject.
  function ofIndividual(name) {
    const same = { name: "subject-name", certificate_type: "subject-certificate-type", certificate_number: "subject-certificate-number" }[name];
    return same && form.classList.contains("individual") ? form.elements[same].value : "";
  }

  function copyPerson(button) {
    const from = "subject-responsible-", to = `${button.dataset.person}-`;
    Array.from(form.elements).filter((each) => each.name && each.name.startsWith(from)).forEach((source) => {
      const target = form.elements[to + source.name.slice(from.length)];
      if (!target) return;
      target.value = source.value || ofIndividual(source.name.slice(from.length));
      target.dispatchEvent(new Event("change", { bubbles: true }));
    });
    const more = button.closest(".part").querySelector("details.more");
    if (more && Array.from(more.querySelectorAll("input")).some((each) => each.value)) more.open = true;
    // On with what comes after the person: the whole of it stands there now.
    const missing = Array.from(button.closest(".part").querySelectorAll("input:not([type=hidden])")).find((each) => each.getClientRects().length && !each.value && !each.closest(".field").querySelector(".optional"));
    const onward = missing || form.querySelector(".save-bar [data-next]:not([hidden])");
    if (onward) onward.focus();
    button.textContent = "已填入";
    setTimeout(() => { button.textContent = "同主体负责人"; }, 1600);
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    for (const [mark, act] of [["remove", remove], ["raise", raise], ["person", copyPerson]]) {
      if (mark in button.dataset) { event.preventDefault(); act(button); }
    }
  });

  form.addEventListener("change", (event) => {
    const field = event.target;
    if (field.name === "subject-nature") nature(field);
    else if (/-responsible-certificate_number$/.test(field.name)) paper(field);
  });
  document.addEventListener("htmx:load", (event) => {
    const block = event.detail.elt;
    if (!block.matches || !block.matches(".block")) return;
    renumber();
    changed();
    block.scrollIntoView({ block: "start" });
    const first = block.querySelector("input:not([type=hidden]), textarea, select:not([hidden])");
    if (first) first.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const select = event.detail.target.querySelector && event.detail.target.querySelector("[role=combobox]:focus");
    event.detail.hadFocus = select ? select.id : "";
    if (select) form.dataset.focus = select.id;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!form.dataset.focus) return;
    const field = document.getElementById(form.dataset.focus);
    delete form.dataset.focus;
    if (field) field.focus();
  });

  form.classList.add("scripted");
})();
