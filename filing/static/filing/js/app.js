// What every page needs: the "/" key, copy buttons, focus on errors, and words when a request in the background fails.
(function () {
  "use strict";

  function cookie(name) {
    const found = document.cookie.split("; ").find((each) => each.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function toast(words, link) {
    const area = document.getElementById("toasts");
    if (!area || area.textContent.includes(words)) return;
    const box = document.createElement("div");
    box.className = "notice";
    box.dataset.state = "attention";
    const text = document.createElement("p");
    text.textContent = words;
    box.append(text);
    if (link) {
      const a = document.createElement("a");
      a.href = link.href;
      a.target = "_blank";
      a.textContent = link.words;
      box.append(a);
    }
    area.append(box);
    setTimeout(() => box.remove(), link ? 60000 : 10000);
  }

  // Another window may have signed in again: the cookie holds the token that counts now, the page an old one.
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    const token = cookie("csrftoken");
    if (field && token) field.value = token;
  }, true);
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
    // What the page asks for by itself is nobody's work: it must not keep a session alive that somebody left.
    const cause = event.detail.triggeringEvent;
    if (!cause || ["live", "visibilitychange"].includes(cause.type)) event.detail.headers["X-Polls"] = "1";
  });

  // What came and is as it was is left alone: a button in it keeps the focus.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const came = event.detail.fragment.firstElementChild;
    if (came && event.detail.target.isEqualNode(came)) event.detail.shouldSwap = false;
  });

  // What asks by itself rests while nobody sees the page, and asks at once when it is seen again.
  const rested = new Set();
  const filled = new WeakSet();
  const polls = (elt) => Boolean(elt && elt.getAttribute && /every/.test(elt.getAttribute("hx-trigger") || ""));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const elt = event.detail.elt;
    if (!polls(elt) || event.detail.requestConfig.verb !== "get") return;
    const empty = /\bload\b/.test(elt.getAttribute("hx-trigger")) && !filled.has(elt);
    filled.add(elt);
    if (!document.hidden || empty) return;
    rested.add(elt);
    event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    rested.forEach((elt) => { if (elt.isConnected) htmx.ajax("GET", elt.getAttribute("hx-get"), { source: elt }); });
    rested.clear();
  });

  let quiet = 0;
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    // Live parts of a page say so themselves (live.js), for as long as it lasts.
    if (status !== 401 && event.target.matches && event.target.matches("[data-live]")) return;
    if (status === 401) toast("登录已过期。填写的内容还在本页：请在新窗口登录，再回来继续。", { href: "/login/", words: "在新窗口登录" });
    else if (status === 403) toast("没有做这件事的权限，需要的话请找管理员。");
    else if (status >= 500) toast("服务器出错，没有做成。请再试一次；一再出现请告诉管理员。");
  });
  document.addEventListener("htmx:sendError", (event) => {
    // What polls by itself says so once, not every half minute.
    if (event.target.matches && event.target.matches("[data-live]")) return;
    if (polls(event.target) && quiet++ > 0) return;
    toast("连不上服务器，请检查网络。本页填写的内容还在。");
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) quiet = 0; });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  function copy(button) {
    const done = () => { button.textContent = "已复制"; setTimeout(() => { button.textContent = "复制"; }, 1600); };
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(button.dataset.copy).then(done); return; }
    // Over plain http there is no clipboard object.
    const area = document.createElement("textarea");
    area.value = button.dataset.copy;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    if (document.execCommand("copy")) done();
    area.remove();
    button.focus();
  }

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const help = document.getElementById("key-help");
    if (help && help.open) return;
    if (event.key === "?" && help) { event.preventDefault(); help.showModal(); }
    if (event.key === "/") {
      const field = document.querySelector('[data-key="/"]');
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const first = document.querySelector("[data-focus]");
    if (first) first.focus();
    // On a phone the tabs are wider than the screen: the chosen one must be seen.
    document.querySelectorAll(".tabs .nav").forEach((bar) => {
      const chosen = bar.querySelector(".active");
      if (chosen) bar.scrollLeft = chosen.offsetLeft - bar.offsetLeft - (bar.clientWidth - chosen.offsetWidth) / 2;
    });
  });
})();
