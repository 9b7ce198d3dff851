// Charts in the hand: one line at one instant on every chart of the page, what the step below it holds in words, a stretch to look
// closer by dragging, a moment by a click. With the keyboard: arrows move, Enter opens the moment, Escape lets go.
"use strict";

(function charts() {
  const SVG = "http://www.w3.org/2000/svg";
  // A pointer that moves less than this was meant to click.
  const DRAG_PX = 6;
  const box = document.createElement("div");
  box.className = "readout";
  box.setAttribute("role", "status");
  let drag = null;
  // The chart that the keyboard is in, and the step there.
  let held = null;

  const all = () => [...document.querySelectorAll("svg[data-from]")];
  const chartOf = (target) => (target instanceof Element ? target.closest("svg[data-from]") : null);
  const spanOf = (chart) => [Number(chart.dataset.from), Number(chart.dataset.to)];
  // What can be pointed at: targets over a plot, the cells of a strip.
  const STEP = ".hit, [data-step]";
  const steps = (chart) => [...chart.querySelectorAll(STEP)];

  function timeAt(chart, clientX) {
    const [from, to] = spanOf(chart);
    const inside = chart.getBoundingClientRect();
    return from + Math.min(1, Math.max(0, (clientX - inside.left) / inside.width)) * (to - from);
  }

  function middleOf(chart, step) {
    const [from, to] = spanOf(chart);
    const middle = step.x.baseVal.value + step.width.baseVal.value / 2;
    return from + (middle / chart.getBoundingClientRect().width) * (to - from);
  }

  function part(chart, name, className) {
    let found = chart.querySelector(":scope > ." + className);
    if (!found) {
      found = document.createElementNS(SVG, name);
      found.setAttribute("class", className);
      chart.append(found);
    }
    return found;
  }

  // The line on every chart whose time holds the instant.
  function point(at) {
    for (const chart of all()) {
      const [from, to] = spanOf(chart);
      if (at < from || at > to) {
        chart.querySelector(":scope > .hover")?.remove();
        continue;
      }
      const line = part(chart, "line", "hover");
      const x = ((at - from) / (to - from)) * 100 + "%";
      const step = chart.querySelector(".hit");
      const [top, bottom] = step ? [step.y.baseVal.value, step.y.baseVal.value + step.height.baseVal.value] : [0, "100%"];
      Object.entries({ x1: x, x2: x, y1: top, y2: bottom }).forEach(([name, value]) => line.setAttribute(name, value));
    }
  }

  function letGo() {
    box.remove();
    document.querySelectorAll("svg[data-from] > .hover").forEach((line) => line.remove());
  }

  function say(chart, step) {
    const grid = chart.closest("[data-plot]");
    const title = step && step.querySelector("title");
    if (!grid || !title) return box.remove();
    const inPlot = chart.getBoundingClientRect();
    const inGrid = grid.getBoundingClientRect();
    const x = step.x.baseVal.value + step.width.baseVal.value / 2;
    if (box.textContent !== title.textContent) box.textContent = title.textContent;
    if (box.parentNode !== grid) grid.append(box);
    const left = inPlot.left - inGrid.left + x + 10;
    const isRight = left + box.offsetWidth > inGrid.width;
    box.style.left = (isRight ? left - box.offsetWidth - 20 : left) + "px";
    // A strip is too low to have words on it: they stand below.
    const down = chart.classList.contains("strip") ? inPlot.height + 2 : step.y.baseVal.value + 4;
    box.style.top = inPlot.top - inGrid.top + down + "px";
  }

  function show(chart, step) {
    point(middleOf(chart, step));
    say(chart, step);
  }

  document.addEventListener("pointermove", (event) => {
    if (drag) return stretch(event);
    const chart = chartOf(event.target);
    if (!chart) return held ? undefined : letGo();
    held = null;
    const step = event.target.closest(STEP);
    if (step) return show(chart, step);
    point(timeAt(chart, event.clientX));
    box.remove();
  });
  document.documentElement.addEventListener("pointerleave", letGo);

  // Dragging over a chart chooses a stretch.
  document.addEventListener("pointerdown", (event) => {
    const chart = chartOf(event.target);
    if (event.button !== 0 || !chart || !("zoom" in chart.dataset)) return;
    drag = { chart, x: event.clientX, isOn: false };
  });

  function stretch(event) {
    const { chart, x } = drag;
    if (!drag.isOn && Math.abs(event.clientX - x) < DRAG_PX) return;
    if (!drag.isOn) {
      drag.isOn = true;
      // From here on clicks are not for what lies below.
      chart.setPointerCapture(event.pointerId);
      chart.classList.add("dragged");
      letGo();
    }
    const [from, to] = spanOf(chart);
    const share = (clientX) => ((timeAt(chart, clientX) - from) / (to - from)) * 100;
    const [left, right] = [share(x), share(event.clientX)].sort((a, b) => a - b);
    const chosen = part(chart, "rect", "chosen");
    chosen.setAttribute("x", left + "%");
    chosen.setAttribute("width", right - left + "%");
    chosen.setAttribute("height", chart.getAttribute("height"));
  }

  function endDrag() {
    if (!drag) return null;
    const ended = drag;
    drag = null;
    ended.chart.classList.remove("dragged");
    ended.chart.querySelector(":scope > .chosen")?.remove();
    return ended.isOn ? ended : null;
  }

  document.addEventListener("pointerup", (event) => {
    const ended = endDrag();
    if (!ended) return;
    const [from, to] = [timeAt(ended.chart, ended.x), timeAt(ended.chart, event.clientX)].sort((a, b) => a - b);
    // The click that follows belongs to the drag.
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
    zoom(ended.chart, from, to);
  });
  document.addEventListener("pointercancel", endDrag);
  document.addEventListener("dragstart", (event) => { if (chartOf(event.target)) event.preventDefault(); });

  // The address can be copied: the stretch is in it. A chart on a page about something else leads to the page that it is of.
  function zoom(chart, from, to) {
    const own = new URL(chart.dataset.at || "", location.href);
    const isElsewhere = own.pathname !== location.pathname;
    const address = isElsewhere ? own : new URL(location.href);
    if (isElsewhere) address.searchParams.delete("at");
    const written = (at) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    ["range", "page"].forEach((name) => address.searchParams.delete(name));
    address.searchParams.set("from", written(from));
    address.searchParams.set("to", written(to));
    address.hash = "";
    location.assign(address);
  }

  // A click where no link is leads to the moment, too.
  document.addEventListener("click", (event) => {
    const chart = chartOf(event.target);
    if (!chart || !chart.dataset.at || event.target.closest("a")) return;
    location.assign(chart.dataset.at + Math.round(timeAt(chart, event.clientX)));
  });

  // Charts that can be walked through by key.
  function arm() {
    document.querySelectorAll("[data-png]").forEach((link) => { link.hidden = false; });
    all().filter((chart) => chart.querySelector(STEP)).forEach((chart) => { chart.setAttribute("tabindex", "0"); });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      endDrag();
      held = null;
      return letGo();
    }
    const chart = chartOf(event.target);
    if (!chart || event.target !== chart || event.ctrlKey || event.altKey || event.metaKey) return;
    const hits = steps(chart);
    const now = held && held.chart === chart ? held.at : hits.length;
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: hits.length - 1, PageUp: now - 10, PageDown: now + 10 }[event.key];
    const link = event.key === "Enter" && hits[now] && hits[now].closest("a");
    if (link) location.assign(link.href.baseVal);
    if (next === undefined || !hits.length) return;
    event.preventDefault();
    held = { chart, at: Math.min(hits.length - 1, Math.max(0, next)) };
    show(chart, hits[held.at]);
  });
  document.addEventListener("focusout", () => { if (held) { held = null; letGo(); } });

  // An address for others. Where the browser gives no clipboard the link leads there, and the address is in the bar.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("[data-copy]");
    if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(() => { link.textContent = link.dataset.copy; }, () => location.assign(link.href));
  });

  // A picture of pixels out of the file: twice as fine as it is shown.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("[data-png]");
    if (!link) return;
    event.preventDefault();
    save(link.href).catch(() => location.assign(link.href));
  });

  async function save(address) {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.naturalWidth * 2, picture.naturalHeight * 2];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const file = document.createElement("a");
    file.href = URL.createObjectURL(png);
    file.download = "highwater-" + new URL(address).searchParams.get("chart") + ".png";
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 10000);
  }

  document.addEventListener("swapped", arm);
  arm();
})();
