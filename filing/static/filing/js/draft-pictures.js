// An image large, beside what it was made of, turned upright; and a picture taken by the camera of this machine.
(function () {
  "use strict";

  const ZOOMS = [1, 1.5, 2, 3, 4];

  function make(tag, className, text) {
    const found = document.createElement(tag);
    if (className) found.className = className;
    if (text) found.textContent = text;
    return found;
  }
  function button(words, kind) {
    const found = make("button", `btn btn-sm ${kind || "btn-outline-secondary"}`, words);
    found.type = "button";
    return found;
  }
  function dialog(name, title) {
    const box = make("dialog", `picture-dialog ${name}`), head = make("div", "picture-head"), heading = make("h2", "", title);
    heading.id = `t-${name}`;
    box.setAttribute("aria-labelledby", heading.id);
    const tools = make("div", "actions"), close = button("关闭");
    close.addEventListener("click", () => box.close());
    head.append(heading, tools);
    box.append(head);
    document.body.append(box);
    return { box, heading, tools, close };
  }

  // --- large
  let viewer = null;
  function buildViewer() {
    const { box, heading, tools, close } = dialog("viewer", "图片");
    const stage = make("div", "picture-stage"), image = make("img"), turns = [button("左转"), button("右转")];
    const other = button("看原图"), smaller = button("缩小"), larger = button("放大"), level = make("span", "minor num");
    stage.tabIndex = 0;
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", "图片，可用方向键移动");
    stage.append(image);
    level.setAttribute("role", "status");
    tools.append(other, smaller, level, larger, ...turns, close);
    box.append(stage);
    const found = { box, heading, stage, image, other, turns, zoom: 0, sides: [], side: 0, area: null, from: null };
    function zoom(by) {
      found.zoom = Math.max(0, Math.min(ZOOMS.length - 1, found.zoom + by));
      stage.dataset.zoom = found.zoom;
      level.textContent = found.zoom ? `${ZOOMS[found.zoom]} 倍` : "整张";
      smaller.disabled = found.zoom === 0;
      larger.disabled = found.zoom === ZOOMS.length - 1;
    }
    found.see = (side) => {
      found.side = side;
      const shown = found.sides[side];
      image.src = shown.href;
      image.alt = shown.words;
      heading.textContent = shown.words;
      other.hidden = found.sides.length < 2;
      if (found.sides.length > 1) other.textContent = `看${found.sides[1 - side].words}`;
      turns.forEach((each) => { each.hidden = side !== found.sides.length - 1 || !found.area; });
    };
    found.fit = () => zoom(-ZOOMS.length);
    smaller.addEventListener("click", () => zoom(-1));
    larger.addEventListener("click", () => zoom(1));
    image.addEventListener("click", () => zoom(found.zoom ? -ZOOMS.length : 2));
    other.addEventListener("click", () => found.see(1 - found.side));
    turns.forEach((each, place) => each.addEventListener("click", () => turn(place ? 90 : 270)));
    async function turn(degrees) {
      const fresh = await window.draftMaterials.turn(found.area, found.hash, degrees);
      const taken = Array.from(found.area.querySelectorAll(".image-taken")).find((one) => one.dataset.image === fresh);
      if (!taken) { box.close(); return; }
      take(taken);
    }
    function take(taken) {
      const links = Array.from(taken.querySelectorAll("[data-view]"));
      found.hash = taken.dataset.image;
      found.sides = links.map((link) => ({ href: link.href, words: link.dataset.view }));
      found.from = links[links.length - 1];
      found.see(found.sides.length - 1);
    }
    found.open = (link) => {
      const taken = link.closest(".image-taken");
      found.area = link.closest("[data-drop]");
      take(taken);
      found.see(found.sides.findIndex((each) => each.href === link.href));
      found.fit();
      box.showModal();
      stage.focus();
    };
    box.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") zoom(1);
      else if (event.key === "-") zoom(-1);
      else if (event.key === "r" && found.area) turn(event.shiftKey ? 270 : 90);
      else return;
      event.preventDefault();
    });
    box.addEventListener("close", () => { if (found.from?.isConnected) found.from.focus(); });
    return found;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    viewer = viewer || buildViewer();
    viewer.open(link);
  });

  // --- camera
  const byHand = window.matchMedia("(pointer: coarse)").matches;
  const canFilm = Boolean(navigator.mediaDevices?.getUserMedia);
  function offer(root) { if (byHand || canFilm) root.querySelectorAll("[data-camera]").forEach((each) => { each.hidden = false; }); }

  function fromPhone(area) {
    const input = make("input");
    input.type = "file";
    input.accept = "image/jpeg";
    input.setAttribute("capture", "environment");
    input.addEventListener("change", () => window.draftMaterials.give(input.files, area));
    input.click();
  }

  const WHY = {
    NotAllowedError: "浏览器没有允许用摄像头：点地址栏左边的图标，允许摄像头，再按“拍照”",
    NotFoundError: "没有找到摄像头：接上再试，或用手机拍好传上来",
    NotReadableError: "摄像头正被别的程序占用：关掉它再试",
  };

  function film(area) {
    const { box, tools, close } = dialog("camera", "拍照");
    const words = make("p", "minor", "正在打开摄像头…"), video = make("video"), still = make("canvas");
    const shoot = button("拍下", "btn-primary"), redo = button("重拍"), use = button("用这张", "btn-primary");
    let stream = null;
    words.setAttribute("role", "status");
    video.muted = video.autoplay = video.playsInline = true;
    video.setAttribute("aria-label", "摄像头画面");
    still.setAttribute("role", "img");
    still.setAttribute("aria-label", "拍下的照片");
    tools.append(redo, use, shoot, close);
    box.append(words, video, still);
    function stage(taken) {
      still.hidden = use.hidden = redo.hidden = !taken;
      video.hidden = shoot.hidden = taken;
      (taken ? use : shoot).focus();
    }
    shoot.disabled = true;
    shoot.addEventListener("click", () => {
      still.width = video.videoWidth;
      still.height = video.videoHeight;
      still.getContext("2d").drawImage(video, 0, 0);
      words.textContent = "看清楚了就用这张。";
      stage(true);
    });
    redo.addEventListener("click", () => { words.textContent = "对准了就拍下。"; stage(false); });
    use.addEventListener("click", () => still.toBlob((data) => {
      const name = `拍照 ${new Date().toTimeString().slice(0, 8).replaceAll(":", "")}.jpg`;
      window.draftMaterials.give([new File([data], name, { type: "image/jpeg" })], area);
      box.close();
    }, "image/jpeg", 0.92));
    box.addEventListener("close", () => {
      if (stream) stream.getTracks().forEach((each) => each.stop());
      stream = null;
      box.remove();
      area.querySelector("[data-camera]")?.focus();
    });
    box.showModal();
    stage(false);
    const wanted = { video: { width: { ideal: 1920 }, height: { ideal: 1440 }, facingMode: "environment" }, audio: false };
    navigator.mediaDevices.getUserMedia(wanted).then((found) => {
      stream = found;
      if (!box.open) { found.getTracks().forEach((each) => each.stop()); return; }
      video.srcObject = found;
      words.textContent = "对准了就拍下。";
      shoot.disabled = false;
      shoot.focus();
    }, (error) => { words.textContent = WHY[error.name] || "打不开摄像头：用手机拍好传上来"; });
  }

  document.addEventListener("click", (event) => {
    const mine = event.target.closest("[data-camera]");
    if (!mine) return;
    const area = mine.closest("[data-drop]");
    if (byHand) fromPhone(area); else film(area);
  });
  document.addEventListener("htmx:load", (event) => offer(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => offer(document));
})();
