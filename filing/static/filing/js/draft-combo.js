// Codes are searched by typing: Chinese, pinyin initials or the number. A select stays in the form and keeps the
// value, so that everything else (posting, HTMX, the page without scripts) sees a plain select.
(function () {
  "use strict";

  let count = 0;

  function wanted(option, text) {
    if (!text) return 5;
    const name = option.text.toLowerCase(), find = option.dataset.find || "", code = option.value;
    const tests = [name === text || code === text, name.startsWith(text), find.startsWith(text), code.startsWith(text), name.includes(text), find.includes(text)];
    return tests.indexOf(true);
  }

  function matches(select, text) {
    const all = Array.from(select.options).filter((option) => option.value);
    const ranked = all.map((option, place) => ({ option, place, rank: wanted(option, text) })).filter((each) => each.rank >= 0);
    ranked.sort((a, b) => a.rank - b.rank || a.place - b.place);
    return ranked.map((each) => each.option);
  }

  class Combo {
    constructor(select) {
      this.select = select;
      this.several = select.multiple;
      this.active = -1;
      this.shown = [];
      this.build();
      this.listen();
      this.show();
    }

    build() {
      const select = this.select, id = select.id || `combo-${++count}`;
      this.input = document.createElement("input");
      this.input.type = "text";
      this.input.className = `form-control ${select.classList.contains("is-invalid") ? "is-invalid" : ""}`;
      this.input.id = id;
      this.input.autocomplete = "off";
      this.input.spellcheck = false;
      select.id = `${id}-native`;
      this.input.setAttribute("role", "combobox");
      this.input.setAttribute("aria-autocomplete", "list");
      this.input.setAttribute("aria-expanded", "false");
      this.input.setAttribute("aria-controls", `${id}-list`);
      for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
      this.list = document.createElement("ul");
      this.list.className = "combo-list";
      this.list.id = `${id}-list`;
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "可选的代码");
      if (this.several) this.list.setAttribute("aria-multiselectable", "true");
      this.list.hidden = true;
      this.box = document.createElement("div");
      this.box.className = "combo";
      this.box.append(this.input, this.list);
      if (this.several) {
        this.chips = document.createElement("div");
        this.chips.className = "chips";
        select.before(this.chips);
      }
      select.before(this.box);
      select.hidden = true;
      if (document.activeElement === select || select.dataset.hadFocus) this.input.focus();
    }

    listen() {
      this.input.addEventListener("input", () => this.open(this.input.value));
      this.input.addEventListener("click", () => { if (this.list.hidden) this.open(""); });
      this.input.addEventListener("focus", () => { if (!this.several) this.input.select(); });
      this.input.addEventListener("blur", () => this.leave());
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.select.addEventListener("change", () => this.show());
      // mousedown, for the field must not lose the focus before the choice is made
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();
        const item = event.target.closest("li[data-place]");
        if (item) this.choose(this.shown[Number(item.dataset.place)]);
      });
    }

    key(event) {
      if (event.isComposing) return;
      const open = !this.list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!open) this.open("");
        else this.point(this.active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && open) {
        event.preventDefault();
        if (this.active >= 0) this.choose(this.shown[this.active]);
      } else if (event.key === "Enter") {
        event.preventDefault();
        this.open("");
      } else if (event.key === "Escape" && open) {
        event.stopPropagation();
        this.close();
        this.show();
      } else if (event.key === "Backspace" && this.several && !this.input.value) {
        const chosen = this.select.selectedOptions;
        if (chosen.length) this.drop(chosen[chosen.length - 1]);
      }
    }

    open(text) {
      const plain = text.trim().toLowerCase();
      this.shown = matches(this.select, plain);
      this.list.replaceChildren(...this.shown.map((option, place) => this.item(option, place, plain)));
      if (!this.shown.length) {
        const none = document.createElement("li");
        none.className = "none";
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.textContent = this.select.options.length > 1 ? "没有匹配的代码，换个说法试试" : "没有可选的";
        this.list.append(none);
      }
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      const chosen = this.several ? -1 : this.shown.findIndex((option) => option.selected && option.value);
      this.point(!plain && chosen >= 0 ? chosen : 0);
    }

    item(option, place, text) {
      const item = document.createElement("li"), code = document.createElement("code"), name = document.createElement("span");
      item.setAttribute("role", "option");
      item.id = `${this.list.id}-${place}`;
      item.dataset.place = place;
      code.textContent = option.value.length < 6 ? option.value : "";
      const at = text ? option.text.toLowerCase().indexOf(text) : -1;
      if (at >= 0) {
        const mark = document.createElement("mark");
        mark.textContent = option.text.slice(at, at + text.length);
        name.append(option.text.slice(0, at), mark, option.text.slice(at + text.length));
      } else name.textContent = option.text;
      if (code.textContent) item.append(code);
      item.append(name);
      if (option.parentElement.label) {
        const group = document.createElement("em");
        group.textContent = option.parentElement.label;
        item.append(group);
      }
      item.setAttribute("aria-checked", option.selected && option.value ? "true" : "false");
      return item;
    }

    point(place) {
      const items = this.list.querySelectorAll("li[data-place]");
      if (!items.length) { this.active = -1; this.input.removeAttribute("aria-activedescendant"); return; }
      this.active = (place + items.length) % items.length;
      items.forEach((item, each) => item.setAttribute("aria-selected", each === this.active ? "true" : "false"));
      items[this.active].scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", items[this.active].id);
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

    changed() {
      this.select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    leave() {
      if (!this.list.hidden) {
        // Typed to the end and left with Tab: what stands first is what was meant, if it is the only one.
        const text = this.input.value.trim();
        if (text && this.shown.length === 1 && !this.shown[0].selected) this.choose(this.shown[0]);
        else if (!text && !this.several && this.select.value && this.touched()) { this.select.value = ""; this.changed(); }
        this.close();
      }
      this.show();
    }

    touched() {
      return this.input.value === "" && this.input.dataset.shown !== "";
    }

    close() {
      this.list.hidden = true;
      this.active = -1;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
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
      const chip = document.createElement("span"), code = document.createElement("span"), button = document.createElement("button");
      chip.className = "chip";
      code.className = "caption";
      code.textContent = option.value;
      button.type = "button";
      button.textContent = "×";
      button.setAttribute("aria-label", `去掉 ${option.text}`);
      button.addEventListener("click", () => this.drop(option));
      chip.append(option.text, " ", code, button);
      return chip;
    }
  }

  function start(root) {
    root.querySelectorAll("select[data-combo]:not([hidden])").forEach((select) => new Combo(select));
  }

  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) start(event.detail.elt.parentElement || event.detail.elt); });
})();
