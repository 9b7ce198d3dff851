// Small comforts. Every page works without this file.
"use strict";

// Times are shown in the viewer's zone, which only the browser knows: kept in a cookie, and the first page is asked for again.
(function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.split("; ").includes("tz=" + zone)) return;
  document.cookie = "tz=" + zone + "; path=/; max-age=31536000; samesite=lax";
  const isKept = document.cookie.includes("tz=" + zone);
  if (isKept && document.querySelector("time")) location.reload();
})();

// A slash leads to the search box, as long as nothing is being written.
(function seek() {
  const box = document.querySelector("[data-seek]");
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (!box || isWriting || event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    box.focus();
  });
})();

// A line under the pointer and, beside it, what the step below it holds. The words are those of the step's title.
(function readOut() {
  const SVG = "http://www.w3.org/2000/svg";
  const box = document.createElement("div");
  box.className = "readout";
  const line = document.createElementNS(SVG, "line");
  line.setAttribute("class", "hover");

  function hide() {
    box.remove();
    line.remove();
  }

  document.addEventListener("pointermove", (event) => {
    const hit = event.target instanceof Element && event.target.closest(".hit");
    const grid = hit && hit.closest("[data-plot]");
    const title = hit && hit.querySelector("title");
    if (!grid || !title) return hide();
    const plot = hit.ownerSVGElement;
    const inPlot = plot.getBoundingClientRect();
    const inGrid = grid.getBoundingClientRect();
    const step = hit.getBoundingClientRect();
    const x = step.left + step.width / 2 - inPlot.left;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("y1", step.top - inPlot.top);
    line.setAttribute("y2", step.bottom - inPlot.top);
    if (line.parentNode !== plot) plot.append(line);
    box.textContent = title.textContent;
    if (box.parentNode !== grid) grid.append(box);
    const left = inPlot.left - inGrid.left + x + 10;
    const isRight = left + box.offsetWidth > inGrid.width;
    box.style.left = (isRight ? left - box.offsetWidth - 20 : left) + "px";
    box.style.top = step.top - inGrid.top + 4 + "px";
  });
  document.addEventListener("pointerleave", hide);
})();

// Parts marked data-live are fetched again with the page and swapped, unless somebody is using them. Scrolling, focus and open
// details stay as they are; a page that nobody looks at is not fetched.
(function update() {
  const EVERY_MS = 15000;
  if (!document.querySelector("[data-live]")) return;
  // A pointer that rests here this long is not looking any more.
  const RESTING_MS = 10000;
  let isPaused = false;
  let movedAt = 0;
  document.addEventListener("pointermove", () => { movedAt = performance.now(); });
  document.querySelectorAll(".js-only").forEach((part) => { part.hidden = false; });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-pause]");
    if (!button) return;
    isPaused = !isPaused;
    showPause();
  });

  function showPause() {
    document.querySelectorAll("[data-pause]").forEach((button) => {
      button.textContent = isPaused ? button.dataset.goOn : button.dataset.pause;
      button.setAttribute("aria-pressed", String(isPaused));
    });
  }

  function isInUse(part) {
    const selection = getSelection();
    return part.contains(document.activeElement) || (part.matches(":hover") && performance.now() - movedAt < RESTING_MS)
      || (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  }

  function swap(part, fresh) {
    const open = [...part.querySelectorAll("details")].map((details) => details.open);
    const scrolled = [part, ...part.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
    part.replaceChildren(...document.importNode(fresh, true).childNodes);
    part.querySelectorAll("details").forEach((details, i) => { details.open = Boolean(open[i]); });
    part.querySelectorAll(".js-only").forEach((inner) => { inner.hidden = false; });
    [part, ...part.querySelectorAll(".scroll")].forEach((box, i) => {
      if (scrolled[i]) [box.scrollLeft, box.scrollTop] = scrolled[i];
    });
  }

  async function refresh() {
    if (isPaused || document.hidden) return;
    const answer = await fetch(location.href, { headers: { "x-refresh": "1" }, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const isOther = document.querySelector("[data-reload]") && !page.querySelector("[data-reload]");
    if (isOther) return location.reload();
    document.querySelectorAll("[data-live]").forEach((part) => {
      const fresh = page.getElementById(part.id);
      if (fresh && !isInUse(part) && fresh.innerHTML !== part.innerHTML) swap(part, fresh);
    });
    showPause();
  }

  setInterval(() => { refresh().catch(() => {}); }, EVERY_MS);
})();
