"use strict";
const said = document.getElementById("said");

async function tell(name, body, done) {
  said.textContent = "";
  try {
    const answer = await fetch("/_control/" + name, {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
    });
    const text = await answer.json();
    if (!answer.ok) { said.textContent = "未完成：" + text.error; return; }
  } catch (error) {
    said.textContent = "未完成：模拟管局没有应答"; return;
  }
  if (location.pathname === "/") { await refresh(true); said.textContent = done; } else { location.reload(); }
}

function number(value) { return value === "" || value === undefined ? undefined : Number(value); }
function value(form, name) { return form.elements[name] ? form.elements[name].value.trim() : ""; }
function shown(form, name) { const field = form.elements[name]; return field && !field.closest("[hidden]") ? field.value.trim() : ""; }
function filled(values) { return Object.fromEntries(Object.entries(values).filter(([, item]) => item !== "" && item !== undefined)); }

const actions = {
  decide(form, button) {
    const approve = button.value === "yes";
    if (!approve && form.elements.all && !confirm("拒绝全部等待审核的请求？")) { return; }
    const body = {approve, words: value(form, "words")};
    for (const name of ["case_id", "own_id"]) { if (form.elements[name]) { body[name] = Number(value(form, name)); } }
    if (form.elements.all) { body.all = true; }
    return tell("decide", body, approve ? "已通过。" : "已拒绝。");
  },
  mode(form) {
    return tell("decide", filled({mode: value(form, "mode"), delay_s: number(value(form, "delay_s")), unit: value(form, "unit")}), "审核方式已改。");
  },
  clock(form) { return tell("clock", {advance_s: Number(value(form, "hours")) * 3600}, "时钟已拨快。"); },
  scene(form) {
    return tell("scene", filled({scene: value(form, "scene"), minutes: number(value(form, "minutes"))}), "场景已开始。");
  },
  fault(form) {
    const times = value(form, "times"), share = value(form, "share"), minutes = value(form, "minutes");
    const fault = filled({
      kind: value(form, "kind"), method: value(form, "method"), code: number(shown(form, "code")),
      delay_s: number(shown(form, "delay_s")), unit: number(value(form, "unit")),
    });
    fault.times = times === "" ? null : Number(times);
    if (share !== "") { fault.share = Number(share) / 100; }
    if (minutes !== "") { fault.for_s = Number(minutes) * 60; }
    return tell("faults", {add: [fault]}, "故障已加入。");
  },
  clear(form) { return tell("faults", {clear: Number(value(form, "fault"))}, "故障已撤销。"); },
  send(form) {
    return tell("send", filled({
      kind: value(form, "kind"), unit: value(form, "unit"), number: shown(form, "number"), domain: shown(form, "domain"),
      words: shown(form, "words"), what: shown(form, "check") || shown(form, "sync"), action: number(shown(form, "action")),
    }), "已放入下载队列。");
  },
  initiative(form, button) {
    if (button.name === "stop") { return tell("initiative", {every_s: 0}, "不再主动下发。"); }
    const body = {every_s: Number(value(form, "minutes")) * 60};
    if (value(form, "kinds")) { body.kinds = [value(form, "kinds")]; }
    return tell("initiative", body, "已开始主动下发。");
  },
  option(form) {
    let given;
    try { given = JSON.parse(value(form, "value")); } catch (error) { said.textContent = "未完成：新值不是 JSON，文字要加双引号"; return; }
    return tell("options", {...filled({unit: value(form, "unit")}), [value(form, "name")]: given}, "选项已改。");
  },
  neighbours() { return tell("neighbours", {count: 1}, "已添加一个别家接入的备案。"); },
  reset() {
    if (!confirm("清空模拟管局收到的一切，从头开始？")) { return; }
    return tell("reset", {}, "已清空。");
  },
};

document.addEventListener("submit", (event) => {
  event.preventDefault();
  actions[event.target.dataset.action](event.target, event.submitter);
});

// Only the fields that the chosen message or fault takes.
function fit(root) {
  for (const form of root.querySelectorAll("form[data-action=send], form[data-action=fault]")) {
    const kind = form.elements.kind;
    const fields = (kind.selectedOptions[0].dataset.fields || "").split(" ");
    for (const label of form.querySelectorAll("[data-field]")) { label.hidden = !fields.includes(label.dataset.field); }
    for (const label of form.querySelectorAll("[data-kind]")) { label.hidden = !label.dataset.kind.split(" ").includes(kind.value); }
  }
}
document.addEventListener("change", (event) => { if (event.target.name === "kind") { fit(document); } });

function isBusy() {
  const main = document.querySelector("main");
  if (main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) { return true; }
  return [...main.querySelectorAll("input:not([type=checkbox]):not([type=hidden])")].some((item) => item.value !== item.defaultValue);
}

async function refresh(now) {
  if (!now && (document.hidden || isBusy() || !document.getElementById("live").checked)) { return; }
  let page;
  try { page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html"); } catch (error) { return; }
  if (!now && isBusy()) { return; }
  const live = document.getElementById("live").checked;
  for (const item of document.querySelectorAll("details[id]")) {
    const other = page.getElementById(item.id);
    if (other && !(now && item.id === "scenes")) { other.open = item.open; }
  }
  document.getElementById("head").textContent = page.getElementById("head").textContent;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.getElementById("live").checked = live;
  fit(document);
}

fit(document);
if (document.body.dataset.live) { setInterval(() => refresh(false), 5000); }
