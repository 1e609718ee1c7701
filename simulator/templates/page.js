"use strict";
async function tell(name, body) {
  const said = document.getElementById("said");
  const answer = await fetch("/_control/" + name, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  });
  const text = await answer.json();
  if (!answer.ok) { said.textContent = "未完成：" + text.error; return; }
  location.reload();
}
function number(value) { return value === "" ? undefined : Number(value); }
const actions = {
  decide(form, button) {
    const body = {approve: button.value === "yes", words: form.words.value};
    if (form.dataset.case) { body.case_id = Number(form.dataset.case); } else { body.all = true; }
    if (form.dataset.item) { body.own_id = Number(form.dataset.item); }
    return tell("decide", body);
  },
  mode(form) { return tell("decide", {mode: form.mode.value, delay_s: number(form.delay_s.value)}); },
  clock(form) { return tell("clock", {advance_s: Number(form.hours.value) * 3600}); },
  fault(form) {
    const fault = {kind: form.kind.value, method: form.method.value, times: Number(form.times.value || 1)};
    if (form.kind.value === "code") { fault.code = Number(form.code.value); }
    return tell("faults", {add: [fault]});
  },
  clear(form) { return tell("faults", {clear: form.dataset.fault ? Number(form.dataset.fault) : true}); },
  send(form) {
    const body = {kind: form.kind.value};
    if (form.number.value) { body.number = form.number.value.trim(); }
    if (form.domain.value) { body.domain = form.domain.value.trim(); }
    return tell("send", body);
  },
  neighbours() { return tell("neighbours", {count: 1}); },
  reset() { return confirm("清空模拟管局收到的一切？") && tell("reset", {}); },
};
document.addEventListener("submit", (event) => {
  event.preventDefault();
  actions[event.target.dataset.action](event.target, event.submitter);
});
