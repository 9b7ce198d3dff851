// A page that is open follows what it shows. The server says that something changed; then the parts marked data-live are fetched,
// rendered by the same templates, and swapped, unless somebody is using them. Scrolling, focus, selections and open details stay.
// A page that nobody looks at asks nothing. Without the stream of news (an old proxy, too many pages) it asks by itself.
"use strict";

(function live() {
  const topic = document.body.dataset.topic;
  if (!topic || !document.querySelector("[data-live]")) return;
  // A stream that has not said anything for this long is being held back somewhere.
  const HELLO_MS = 5000;
  // It says something every 15 seconds: one that does not is dead, whatever the browser thinks.
  const SILENCE_MS = 40000;
  const FRESH_MS = 5000;
  const LONGEST_WAIT_MS = 15000;
  // A pointer that rests this long is not looking any more.
  const RESTING_MS = 10000;
  // Parts that are in use are tried again after this long.
  const AGAIN_MS = 2000;
  const status = document.querySelector("[data-lost]");
  const parts = () => [...document.querySelectorAll("[data-live]")];
  // What each part was as it came, without what scripts and people did to it since.
  const came = new Map(parts().map((part) => [part.id, part.innerHTML]));
  let stream = null;
  let tries = 0;
  let etag = "";
  let fresh = null;
  let isPaused = false;
  let isAsking = false;
  let isDue = false;
  let movedAt = 0;
  let silenceTimer, retryTimer, applyTimer;

  function start() {
    clearTimeout(retryTimer);
    if (stream || isPaused || document.hidden) return;
    stream = new EventSource("/live?topic=" + encodeURIComponent(topic));
    expect(HELLO_MS);
    stream.addEventListener("hello", () => {
      expect(SILENCE_MS);
      document.body.dataset.listens = "";
      // A page that was loaded just now has everything; what fell in between comes with the next change, within a minute.
      const isOld = tries > 0 || performance.now() > FRESH_MS;
      tries = 0;
      if (isOld) refresh();
    });
    stream.addEventListener("changed", () => { expect(SILENCE_MS); refresh(); });
    stream.addEventListener("still", () => expect(SILENCE_MS));
    stream.addEventListener("over", () => location.reload());
    stream.addEventListener("bye", retry);
    stream.addEventListener("error", retry);
  }

  function expect(withinMs) {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(retry, withinMs);
  }

  function stop() {
    clearTimeout(silenceTimer);
    clearTimeout(retryTimer);
    if (stream) stream.close();
    stream = null;
    delete document.body.dataset.listens;
  }

  // Later each time, and not all pages at once. Until the stream is back the page asks by itself.
  function retry() {
    stop();
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries) * (0.5 + Math.random() / 2);
    tries += 1;
    if (tries === 1) refresh();
    retryTimer = setTimeout(() => refresh().then(start), wait);
  }

  async function refresh() {
    if (isPaused || document.hidden) return;
    isDue = true;
    if (isAsking) return;
    isAsking = true;
    while (isDue) {
      isDue = false;
      await ask().then(found, lost);
    }
    isAsking = false;
  }

  async function ask() {
    const headers = { "x-parts": "1" };
    if (etag) headers["if-none-match"] = etag;
    const answer = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
    // Signed out, or what was shown is gone: the server says it in a page of its own.
    const isElsewhere = answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status);
    if (isElsewhere) return location.reload();
    if (answer.status === 304) return;
    if (!answer.ok) throw new Error("answer " + answer.status);
    fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    etag = answer.headers.get("etag") || "";
    apply();
  }

  function found() {
    status.textContent = "";
  }

  function lost() {
    if (status.textContent) return;
    const clock = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    status.textContent = status.dataset.lost.replace("%s", clock);
  }

  function apply() {
    clearTimeout(applyTimer);
    if (!fresh || isPaused) return;
    const isOther = document.querySelector("[data-reload]") && !fresh.querySelector("[data-reload]");
    if (isOther) return location.reload();
    let isWaiting = false;
    for (const part of parts()) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === came.get(part.id)) continue;
      if (isInUse(part)) isWaiting = true;
      else swap(part, next);
    }
    showPause();
    if (isWaiting) applyTimer = setTimeout(apply, AGAIN_MS);
  }

  function isInUse(part) {
    const selection = getSelection();
    return part.contains(document.activeElement) || (part.matches(":hover") && performance.now() - movedAt < RESTING_MS)
      || (selection && !selection.isCollapsed && selection.containsNode(part, true));
  }

  function swap(part, next) {
    const open = [...part.querySelectorAll("details")].map((details) => details.open);
    const scrolled = [part, ...part.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
    came.set(part.id, next.innerHTML);
    part.replaceChildren(...document.importNode(next, true).childNodes);
    part.querySelectorAll("details").forEach((details, i) => { details.open = Boolean(open[i]); });
    part.querySelectorAll(".js-only").forEach((inner) => { inner.hidden = false; });
    [part, ...part.querySelectorAll(".scroll")].forEach((box, i) => {
      if (scrolled[i]) [box.scrollLeft, box.scrollTop] = scrolled[i];
    });
    part.dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
  }

  function showPause() {
    document.querySelectorAll("[data-pause]").forEach((button) => {
      button.textContent = isPaused ? button.dataset.goOn : button.dataset.pause;
      button.setAttribute("aria-pressed", String(isPaused));
    });
  }

  document.querySelectorAll(".js-only").forEach((part) => { part.hidden = false; });
  document.addEventListener("pointermove", () => { movedAt = performance.now(); });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-pause]");
    if (!button) return;
    isPaused = !isPaused;
    showPause();
    if (isPaused) stop(); else start();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else start(); });
  addEventListener("pagehide", stop);
  // A page out of the back button's memory is as old as it was left; it may even be somebody's who has signed out.
  addEventListener("pageshow", (event) => { if (event.persisted) refresh().then(start); });
  start();
})();
