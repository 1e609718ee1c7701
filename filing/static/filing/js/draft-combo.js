// Codes are searched by typing: Chinese, pinyin initials or the number. A select stays in the form and keeps the value, so
// that everything else (posting, HTMX, the page without scripts) sees a plain select. Regions are searched by their whole
// path on the server, and fill three selects at once.
(function () {
  "use strict";

  const PAGE = 8, WAIT = 120;
  let count = 0;

  function make(tag, className, text) {
    const found = document.createElement(tag);
    if (className) found.className = className;
    if (text) found.textContent = text;
    return found;
  }
  function marked(text, wanted) {
    const found = make("span"), at = wanted ? text.toLowerCase().indexOf(wanted) : -1;
    if (at < 0) found.textContent = text;
    else found.append(text.slice(0, at), make("mark", "", text.slice(at, at + wanted.length)), text.slice(at + wanted.length));
    return found;
  }

  // --- a text field with a list below it, as a combobox behaves
  class ListBox {
    constructor(input, label) {
      this.input = input;
      this.active = -1;
      this.shown = [];
      Object.assign(input, { autocomplete: "off", spellcheck: false });
      const facts = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${input.id}-list` };
      Object.entries(facts).forEach(([name, value]) => input.setAttribute(name, value));
      this.list = make("ul", "combo-list");
      this.list.id = `${input.id}-list`;
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", label);
      this.list.hidden = true;
      this.told = make("span", "visually-hidden");
      this.told.setAttribute("role", "status");
      this.box = make("div", "combo");
      input.before(this.box);
      this.box.append(input, this.list, this.told);
      input.addEventListener("input", () => this.open(input.value));
      input.addEventListener("click", () => { if (!this.isOpen) this.open(""); });
      input.addEventListener("blur", () => this.leave());
      input.addEventListener("keydown", (event) => this.key(event));
      // mousedown, for the field must not lose the focus before the choice is made
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();
        const item = event.target.closest("li[data-place]");
        if (item) this.choose(this.shown[Number(item.dataset.place)]);
      });
    }

    get isOpen() { return !this.list.hidden; }

    key(event) {
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      const moves = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: -1, PageDown: Math.min(this.active + PAGE, this.shown.length - 1), PageUp: Math.max(this.active - PAGE, 0) };
      if (event.key in moves && (this.isOpen || event.key.startsWith("Arrow"))) {
        event.preventDefault();
        if (this.isOpen) this.point(moves[event.key]); else this.open("");
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (!this.isOpen) this.open("");
        else if (this.active >= 0) this.choose(this.shown[this.active]);
      } else if (event.key === "Escape" && this.isOpen) {
        event.stopPropagation();
        this.close();
        this.show();
      } else this.other(event);
    }

    offer(found, items, none, first) {
      this.shown = found;
      this.list.replaceChildren(...items);
      items.forEach((item, place) => {
        item.setAttribute("role", "option");
        item.id = `${this.list.id}-${place}`;
        item.dataset.place = place;
      });
      if (!items.length) {
        const empty = make("li", "none", none);
        empty.setAttribute("role", "option");
        empty.setAttribute("aria-disabled", "true");
        this.list.append(empty);
      }
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      this.told.textContent = items.length ? `${items.length} 个可选` : none;
      this.point(first);
    }

    point(place) {
      const items = this.list.querySelectorAll("li[data-place]");
      if (!items.length) { this.active = -1; this.input.removeAttribute("aria-activedescendant"); return; }
      this.active = (place + items.length) % items.length;
      items.forEach((item, each) => item.setAttribute("aria-selected", each === this.active ? "true" : "false"));
      items[this.active].scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", items[this.active].id);
    }

    close() {
      this.list.hidden = true;
      this.active = -1;
      this.told.textContent = "";
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
    }

    other() {}
  }

  // --- one code or several of a table that came with the page
  function rank(option, text) {
    if (!text) return 5;
    const name = option.text.toLowerCase(), find = option.dataset.find || "", code = option.value;
    const tests = [name === text || code === text, name.startsWith(text), find.startsWith(text), code.startsWith(text), name.includes(text), find.includes(text)];
    return tests.indexOf(true);
  }

  function matches(select, text) {
    const all = Array.from(select.options).filter((option) => option.value);
    const ranked = all.map((option, place) => ({ option, place, rank: rank(option, text) })).filter((each) => each.rank >= 0);
    ranked.sort((a, b) => a.rank - b.rank || a.place - b.place);
    return ranked.map((each) => each.option);
  }

  class Combo extends ListBox {
    constructor(select) {
      const id = select.id || `combo-${++count}`, input = make("input", `form-control ${select.classList.contains("is-invalid") ? "is-invalid" : ""}`);
      input.type = "text";
      input.id = id;
      select.id = `${id}-native`;
      for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
      select.before(input);
      super(input, "可选的代码");
      this.select = select;
      this.several = select.multiple;
      if (this.several) {
        this.list.setAttribute("aria-multiselectable", "true");
        this.chips = make("div", "chips");
        this.box.before(this.chips);
      }
      select.hidden = true;
      select.addEventListener("change", () => this.show());
      input.addEventListener("focus", () => { if (!this.several) input.select(); });
      this.show();
      if (document.activeElement === select || select.dataset.hadFocus) input.focus();
    }

    other(event) {
      if (event.key !== "Backspace" || !this.several || this.input.value) return;
      const chosen = this.select.selectedOptions;
      if (chosen.length) this.drop(chosen[chosen.length - 1]);
    }

    open(text) {
      const plain = text.trim().toLowerCase(), found = matches(this.select, plain);
      const chosen = this.several ? -1 : found.findIndex((option) => option.selected && option.value);
      const none = this.select.options.length > 1 ? "没有匹配的代码，换个说法试试" : "没有可选的";
      this.offer(found, found.map((option) => this.item(option, plain)), none, !plain && chosen >= 0 ? chosen : 0);
    }

    item(option, text) {
      const item = make("li");
      if (option.value.length < 6) item.append(make("code", "", option.value));
      item.append(marked(option.text, text));
      if (option.parentElement.label) item.append(make("em", "", option.parentElement.label));
      item.setAttribute("aria-checked", option.selected && option.value ? "true" : "false");
      return item;
    }

    choose(option) {
      if (!option) return;
      option.selected = this.several ? !option.selected : true;
      this.input.value = "";
      this.close();
      this.changed();
    }

    drop(option) {
      option.selected = false;
      this.changed();
      this.input.focus();
    }

    changed() { this.select.dispatchEvent(new Event("change", { bubbles: true })); }

    leave() {
      if (this.isOpen) {
        // Typed to the end and left with Tab: what stands first is what was meant, if it is the only one.
        const text = this.input.value.trim();
        if (text && this.shown.length === 1 && !this.shown[0].selected) this.choose(this.shown[0]);
        else if (!text && !this.several && this.select.value && this.input.dataset.shown !== "") { this.select.value = ""; this.changed(); }
        this.close();
      }
      this.show();
    }

    show() {
      const chosen = Array.from(this.select.selectedOptions).filter((option) => option.value);
      if (this.several) {
        this.chips.replaceChildren(...chosen.map((option) => this.chip(option)));
        this.input.value = "";
        this.input.placeholder = chosen.length ? "再加" : "输汉字、首字母或代码";
        return;
      }
      this.input.value = chosen.length ? chosen[0].text : "";
      this.input.dataset.shown = this.input.value;
      const empty = this.select.querySelector('option[value=""]');
      this.input.placeholder = empty ? empty.text : "请选择";
    }

    chip(option) {
      const chip = make("span", "chip"), button = make("button", "", "×");
      button.type = "button";
      button.setAttribute("aria-label", `去掉 ${option.text}`);
      button.addEventListener("click", () => this.drop(option));
      chip.append(option.text, " ", make("span", "caption", option.value), button);
      return chip;
    }
  }

  // --- a region by its path
  const LEVELS = ["province", "city", "county"];
  function level(name) { return document.querySelector(`#regions select[name$='address-${name}']`); }

  function chosenPath() {
    return LEVELS.map(level).filter((select) => select && select.value).map((select) => select.selectedOptions[0].text).join(" / ");
  }

  // All levels at once: the server sends the fields below anew, each with what was chosen in it.
  async function fillRegions(codes) {
    const select = level("province");
    if (!select) return;
    const values = {};
    LEVELS.forEach((name, place) => { values[level(name).name] = codes[place] || ""; });
    await htmx.ajax("GET", select.getAttribute("hx-get"), { target: "#regions", swap: "outerHTML", values });
    const last = level("province");
    if (last) last.dispatchEvent(new CustomEvent("draft:changed", { bubbles: true }));
  }

  class RegionFind extends ListBox {
    constructor(input) {
      super(input, "找到的地区");
      this.show();
      input.addEventListener("focus", () => input.select());
    }

    open(text) {
      const wanted = text.trim();
      clearTimeout(this.timer);
      if (this.asking) this.asking.abort();
      if (!wanted) { this.offer([], [], "输汉字、拼音首字母或代码，如 海淀、hd、110108", 0); return; }
      this.timer = setTimeout(() => this.ask(wanted), WAIT);
    }

    async ask(wanted) {
      const control = new AbortController(), query = new URLSearchParams({ q: wanted, v: this.input.dataset.version });
      this.asking = control;
      try {
        const response = await fetch(`${this.input.dataset.url}?${query}`, { headers: { "HX-Request": "true" }, signal: control.signal });
        const found = response.ok ? (await response.json()).found : null;
        if (document.activeElement !== this.input) return;
        const none = found ? "没有这个地区，换个写法，或分级选择" : response.status === 401 ? "登录已过期，请在新窗口登录" : "现在查不了，可分级选择";
        this.offer(found || [], (found || []).map((each) => this.item(each, wanted.toLowerCase())), none, 0);
      } catch (error) {
        if (error.name === "AbortError") return;
        if (!(error instanceof TypeError)) throw error;
        this.offer([], [], "连不上服务器，请检查网络", 0);
      } finally {
        if (this.asking === control) this.asking = null;
      }
    }

    item(found, wanted) {
      const item = make("li"), path = make("span"), own = found.names[found.names.length - 1];
      found.names.slice(0, -1).forEach((name) => path.append(make("span", "path-step", `${name} / `)));
      path.append(marked(own, wanted));
      item.append(path, make("em", "", String(found.codes[found.codes.length - 1])));
      return item;
    }

    choose(found) {
      if (!found) return;
      this.close();
      this.input.value = found.names.join(" / ");
      fillRegions(found.codes);
    }

    leave() {
      clearTimeout(this.timer);
      const text = this.input.value.trim(), before = this.input.dataset.shown;
      if (this.isOpen && text && text !== before && this.shown.length === 1) { this.choose(this.shown[0]); return; }
      this.close();
      if (!text && before) { fillRegions([]); return; }
      this.show();
    }

    show() {
      this.input.value = chosenPath();
      this.input.dataset.shown = this.input.value;
    }
  }

  // The levels one by one stand below, folded: unfolded by hand, or where something in them is wrong, they stay so.
  let unfolded = false;
  function fold() {
    const levels = document.querySelector("#regions details.levels"), find = document.querySelector("[data-region-find]");
    if (!levels || !find) return;
    if (levels.querySelector(".wrong-words, .mark-words, [aria-invalid=true]")) levels.open = true;
    else levels.open = unfolded;
  }
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("#regions details.levels > summary");
    if (summary) unfolded = !summary.parentElement.open;
  });
  document.addEventListener("draft:checked", fold, true);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt?.id === "regions" || event.target.id === "regions") fold(); });

  function start(root) {
    root.querySelectorAll("select[data-combo]:not([hidden])").forEach((select) => new Combo(select));
    root.querySelectorAll("[data-region-find]:not([role])").forEach((input) => new RegionFind(input));
    fold();
  }

  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) start(event.detail.elt.parentElement || event.detail.elt); });

  window.draftRegions = { fill: fillRegions };
})();
