// What is filed stands beside each field of a change where the field says something else.
(() => {
  const form = document.getElementById("draft");
  const told = Array.from(form.querySelectorAll("[data-filed]"));
  if (!told.length) return;
  const counted = document.querySelector("[data-change-count]");

  function entriesOf(name, lines) {
    const found = [];
    for (const field of form.querySelectorAll(`[name="${name}"]`)) {
      if (field.type === "checkbox" || field.type === "radio") { if (field.checked) found.push(field.value); }
      else if (field.multiple) found.push(...Array.from(field.selectedOptions, (each) => each.value));
      else if (lines) found.push(...field.value.split(/[\s;,；，、]+/));
      else found.push(field.value.trim().replace(/\r\n?/g, "\n"));
    }
    return new Set(found.filter(Boolean));
  }

  function tell() {
    let count = 0;
    for (const words of told) {
      const lines = "lines" in words.dataset;
      const filed = words.dataset.values;
      const before = new Set(filed.split("\n").filter(Boolean)), now = entriesOf(words.dataset.filed, lines);
      const single = !lines && [...now].length === 1 && [...now][0] === filed;
      const same = single || (before.size === now.size && [...before].every((each) => now.has(each)));
      words.hidden = same;
      if (!same) count += 1;
    }
    if (counted) counted.textContent = count ? `改了 ${count} 项` : "还没有改动";
  }

  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  document.body.addEventListener("htmx:afterSwap", tell);
  tell();
})();
