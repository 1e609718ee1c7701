// A page that stands open brings itself up to date (app.js asks no more while it is hidden). This keeps the reader's place
// over that: focus, the row of the keyboard, open details, selected words. Where the server is gone it says so, and of
// when the figures are. A part that lives carries data-live and its own hx-get with "every".
(function () {
  "use strict";

  const CLOCK = /<time data-live-time[^>]*>[^<]*<\/time>/;
  const told = new WeakMap();
  const fresh = new Map();
  const gone = new Map();
  let place = -1;
  let open = [];

  const lives = (elt) => Boolean(elt && elt.matches && elt.matches("[data-live]"));
  const rows = () => Array.from(document.querySelectorAll("[data-rows] [data-row]"));
  const selects = (part) => {
    const chosen = document.getSelection();
    return Boolean(chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode));
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.elt;
    if (!lives(part) || !event.detail.shouldSwap) return;
    const answer = event.detail.serverResponse;
    const rest = answer.replace(CLOCK, "");
    if (told.get(part) === rest || selects(part)) {
      // Nothing moves under the reader's eyes where nothing changed; the clock goes on.
      const clock = answer.match(CLOCK);
      const shown = document.querySelector("[data-live-time]");
      if (clock && shown && !selects(part)) shown.outerHTML = clock[0];
      event.detail.shouldSwap = false;
      return;
    }
    told.set(part, rest);
    place = rows().indexOf(document.activeElement);
    open = Array.from(document.querySelectorAll("details[id][open]"), (each) => each.id);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!lives(event.detail.elt)) return;
    open.forEach((id) => {
      const details = document.getElementById(id);
      if (details) details.open = true;
    });
    // htmx finds what had the focus by its id. Where that row is gone, its successor takes its place.
    const left = rows();
    if (place >= 0 && left.length && document.activeElement === document.body) {
      left[Math.min(place, left.length - 1)].focus({ preventScroll: true });
    }
  });

  function since() {
    const moments = Array.from(gone.keys(), (part) => fresh.get(part)).filter(Boolean);
    const earliest = new Date(Math.min(...moments.map(Number)));
    return earliest.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  }

  function tell() {
    const area = document.getElementById("live-words");
    if (!area) return;
    if (!gone.size) { area.replaceChildren(); return; }
    const [words, after] = Array.from(gone.values())[0];
    const text = `${words}，数字停在 ${since()}。`;
    if (area.dataset.said === text && area.firstChild) return;
    area.dataset.said = text;
    const box = document.createElement("div");
    box.className = "notice live-gone";
    box.dataset.state = "attention";
    const state = document.createElement("span");
    state.className = "state";
    state.dataset.state = "attention";
    state.textContent = text;
    const rest = document.createElement("span");
    rest.className = "minor";
    rest.textContent = after;
    box.append(state, rest);
    area.replaceChildren(box);
  }

  function lost(event, words, after) {
    const part = event.detail.elt;
    if (!lives(part)) return;
    gone.set(part, [words, after]);
    tell();
  }

  const AGAIN = "页面会一直再试，连上后自动更新，不用刷新。";
  document.addEventListener("htmx:sendError", (event) => lost(event, "连不上服务器", AGAIN));
  document.addEventListener("htmx:timeout", (event) => lost(event, "服务器没有应答", AGAIN));
  document.addEventListener("htmx:responseError", (event) => {
    const expired = event.detail.xhr.status === 401;
    lost(event, expired ? "登录已过期" : "服务器出错", expired ? "重新登录后再打开工作台。" : "页面会一直再试；一再出现请告诉管理员。");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!lives(event.detail.elt) || !event.detail.successful) return;
    fresh.set(event.detail.elt, new Date());
    if (gone.delete(event.detail.elt)) tell();
  });

  const shown = new Date();
  document.querySelectorAll("[data-live]").forEach((part) => fresh.set(part, shown));
})();
