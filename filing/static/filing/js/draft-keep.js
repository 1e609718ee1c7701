// The form saves itself: a moment after typing stops, when a field is left, when the page is hidden. One sending at a
// time, counted, so that none is taken for a later one. Nothing typed is put into the browser's own storage: identity
// papers do not belong there. While something is not saved the page stays, says so, tries again, and asks before it goes.
(function () {
  "use strict";

  const form = document.getElementById("draft");
  if (!form) return;
  const SOON = 250, TYPING = 1500, LATEST = 4000, LONGEST_TRY = 20000, WAITS = [3000, 6000, 12000, 24000, 30000];
  let version = 0, sending = null, timer = 0, due = 0, since = 0, failed = 0;
  let leaving = false, answersWanted = false;
  // A page that shows two sides, or a draft that is none any more, waits for a person to decide.
  let held = "held" in form.dataset;

  function cookie(name) {
    const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  // Whether something stands here that is not saved; the form bears it as a mark.
  const MARK = "data-changed";
  function isChanged() { return form.hasAttribute(MARK); }
  function setChanged(is) { form.toggleAttribute(MARK, is); }
  setChanged("unsaved" in form.dataset && !held);

  // --- what the page says of it
  function say(state, words, more, link) {
    document.querySelectorAll("[data-kept], [data-kept-line]").forEach((place) => {
      const mark = document.createElement("span"), minor = document.createElement("span");
      mark.className = "state";
      mark.dataset.state = state;
      mark.textContent = words;
      minor.className = "minor";
      minor.textContent = more || "";
      const parts = [mark];
      if (link) {
        const a = document.createElement("a");
        a.href = link.href;
        a.textContent = link.words;
        if (link.isNew) { a.target = "_blank"; a.rel = "noopener"; }
        parts.push(a);
      }
      if (more && place.matches("[data-kept]")) parts.push(minor);
      place.replaceChildren(...parts.flatMap((each) => [each, " "]));
    });
    const told = document.getElementById("told");
    if (state === "attention" || state === "bad") told.textContent = `${words}。${more || ""}`;
  }

  // --- sending
  function body() {
    const found = new URLSearchParams();
    // The token stands in the header as the cookie holds it now: that in the page is of the sign-in it was loaded with.
    const without = ["do", "csrfmiddlewaretoken"];
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !without.includes(name)) found.append(name, value);
    return found;
  }

  function later(wait) {
    clearTimeout(timer);
    due = Date.now() + wait;
    timer = setTimeout(keep, wait);
  }

  // Typing puts the sending off, but not that of a field just left, and not for ever.
  function touch(wait) {
    if (!isChanged()) since = Date.now();
    setChanged(true);
    version += 1;
    if (held || (failed && wait !== SOON)) return;
    const left = due - Date.now();
    if (left > 0 && left <= SOON) return;
    later(Math.min(wait, Math.max(since + LATEST - Date.now(), 0)));
  }

  async function keep({ isLast = false } = {}) {
    clearTimeout(timer);
    due = 0;
    if (held && !answersWanted) return;
    if (!(isChanged() || answersWanted) || leaving) return;
    if (sending) { if (!isLast) { later(SOON); return; } sending.abort(); }
    since = Date.now();
    const mine = version, wanted = answersWanted, control = new AbortController();
    sending = control;
    form.elements.turn.value = Number(form.elements.turn.value) + 1;
    if (failed) say("waiting", "正在再试…");
    const watch = setTimeout(() => control.abort(), LONGEST_TRY);
    try {
      const response = await fetch(form.dataset.keep + (wanted ? "&check=1" : ""), {
        method: "POST", body: body(), keepalive: isLast, signal: control.signal,
        headers: { "X-CSRFToken": cookie("csrftoken"), "HX-Request": "true" },
      });
      if (response.status === 401) throw Object.assign(new Error("signed out"), { isSignedOut: true });
      if (response.status === 403) throw Object.assign(new Error("refused"), { isRefused: true });
      if (response.status !== 200 && response.status !== 409) throw new Error(`status ${response.status}`);
      const answer = await response.json();
      if (wanted) answersWanted = false;
      failed = 0;
      take(answer, mine);
    } catch (error) {
      if (sending === control) trouble(error);
    } finally {
      clearTimeout(watch);
      if (sending === control) sending = null;
      if (!failed && isChanged() && version !== mine) later(SOON);
    }
  }

  // --- what came back
  function take(answer, mine) {
    if (answer.saved) {
      if (version === mine) setChanged(false);
      form.elements.revision.value = answer.revision;
      form.elements.edits.value = answer.edits;
      begin(answer);
      document.querySelectorAll("[data-until-kept]").forEach((each) => each.remove());
      say("good", `已自动保存 ${answer.saved}`, "随时可以离开，填过的都在");
    } else if (answer.why === "nothing") {
      setChanged(false);
      say("draft", "还没有保存", "填了内容会自动保存");
    } else if (answer.why === "stale") {
      // What was typed waits beside what the colleague saved: the page that shows both finds it there.
      if (version === mine) setChanged(false);
      say("bad", "没有保存：别人刚保存过这张草稿", "您填写的内容都在", { href: answer.edit, words: "看差别，决定用哪个" });
    } else say("bad", `没有保存：${answer.words}`, "填写的内容还在本页");
    for (const [name, number] of Object.entries(answer.numbers)) if (form.elements[name]) form.elements[name].value = number;
    tell(answer);
  }

  // A new form became a draft: a reload finds it.
  function begin(answer) {
    if (form.dataset.keep.includes("&ref=")) return;
    form.dataset.keep += `&ref=${encodeURIComponent(answer.ref)}`;
    form.action = answer.edit;
    history.replaceState(null, "", answer.edit + location.hash);
    document.getElementById("form-ref").textContent = `${answer.ref} 草稿`;
    document.title = document.title.replace(/^[^·]*/, `${answer.ref} 填报 `);
  }

  function tell(answer) {
    const tasks = document.getElementById("tasks"), focused = tasks.contains(document.activeElement) ? document.activeElement.hash : "";
    tasks.innerHTML = answer.tasks;
    if (focused) tasks.querySelector(`a[href="${focused}"]`)?.focus();
    document.getElementById("heed").innerHTML = answer.heed_sheet;
    document.getElementById("form-title").textContent = answer.title;
    if (answer.answers) document.getElementById("answers").innerHTML = answer.answers;
    form.dispatchEvent(new CustomEvent("draft:checked", { detail: { faults: answer.faults, heed: answer.heed } }));
    form.dispatchEvent(new CustomEvent("draft:tasks"));
  }

  function trouble(error) {
    if (error.isSignedOut) {
      say("bad", "登录已过期，还没有保存", "填写的内容都在本页：登录后回到这里，会接着保存", { href: "/drafts/signed-in/", words: "登录", isNew: true });
      failed = WAITS.length;
    } else if (error.isRefused) {
      say("bad", "没有保存：没有填报的权限", "填写的内容还在本页，请找管理员");
      failed = WAITS.length;
    } else {
      const wait = WAITS[Math.min(failed, WAITS.length - 1)];
      failed += 1;
      say("attention", "连不上服务器，还没有保存", `填写的内容都在本页，别关；${wait / 1000} 秒后再试`);
    }
    if (answersWanted) document.getElementById("answers").textContent = "连不上服务器，还检查不了；连上后会接着检查。";
    later(WAITS[Math.min(Math.max(failed - 1, 0), WAITS.length - 1)]);
  }

  // --- when
  form.addEventListener("input", () => touch(TYPING));
  form.addEventListener("change", (event) => { if (!event.target.matches("[type=file]")) touch(SOON); });
  form.addEventListener("focusout", () => { if (isChanged() && !held && !sending) later(SOON); });
  form.addEventListener("draft:changed", () => touch(SOON));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful && event.target.matches?.("[data-upload], [data-purpose]")) touch(SOON); });
  form.addEventListener("draft:step", (event) => {
    if (!event.detail.isLast) return;
    answersWanted = true;
    if (!document.getElementById("answers").childElementCount) document.getElementById("answers").textContent = "正在检查…";
    keep();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep({ isLast: true });
    else if (failed) keep();
  });
  window.addEventListener("focus", () => { if (failed) keep(); });
  window.addEventListener("online", () => { if (failed) keep(); });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !isChanged()) return;
    keep({ isLast: true });
    event.preventDefault();
  });

  // --- the buttons that send the whole page
  form.addEventListener("submit", (event) => {
    const command = event.submitter ? event.submitter.value : "save";
    if (command === "save") {
      event.preventDefault();
      if (!held) { setChanged(true); keep(); }
      return;
    }
    if (leaving) { event.preventDefault(); return; }
    leaving = true;
    clearTimeout(timer);
    if (sending) sending.abort();
    form.elements.turn.value = Number(form.elements.turn.value) + 1;
    form.classList.add("busy");
    // Coming back by the browser's own button finds the form usable again.
    window.addEventListener("pageshow", () => { leaving = false; form.classList.remove("busy"); });
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
    event.preventDefault();
    if (!held) { setChanged(true); keep(); }
  });
})();
