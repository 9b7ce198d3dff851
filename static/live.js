// A page that is open follows what it shows. The server says that something changed; then the parts marked data-live are fetched,
// rendered by the same templates, and swapped, unless somebody is using them. Scrolling, focus, selections and open details stay.
// If a part came or went the page is another one: it is loaded again once nobody uses it. What waits is marked data-held, and said.
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
  // Hands that rest this long are not using what they rest on any more; a whole page is left in peace for longer.
  const RESTING_MS = 10000;
  const PAGE_RESTING_MS = 30000;
  // What is held back for longer than this is said, not only marked: eyes that pass over a part are not told of it.
  const SAID_AFTER_MS = 8000;
  // Parts that are in use are tried again after this long.
  const AGAIN_MS = 2000;
  // What has the focus without being used: a box that scrolls by keys, the switch that stops all this.
  const NOT_USED = "[tabindex='0'][role=region], [data-pause]";
  // By what an element is found again in what comes in its place.
  const NAMED_BY = ["id", "href", "name", "aria-labelledby"];
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
  let touchedAt = -Infinity;
  let heldSince = null;
  let lostText = "";
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
    stream.addEventListener("over", loadAgain);
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
    if (isElsewhere) return loadAgain();
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error("answer " + answer.status);
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      etag = answer.headers.get("etag") || "";
    }
    // Also when nothing is new: something may still wait.
    apply();
  }

  // Nobody asked for it: the server is told so, and does not take it for a sign that the person is there. See app.js.
  function loadAgain() {
    document.cookie = "itself=1; path=/; max-age=10; samesite=strict";
    location.reload();
  }

  function found() {
    lostText = "";
    say();
  }

  function lost() {
    if (lostText) return;
    const clock = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    lostText = status.dataset.lost.replace("%s", clock);
    say();
  }

  function apply() {
    clearTimeout(applyTimer);
    if (!fresh || isPaused) return;
    const isOther = ids(fresh) !== ids(document);
    if (isOther && !isPageInUse()) return loadAgain();
    document.body.toggleAttribute("data-held", isOther);
    for (const part of parts()) {
      const next = fresh.getElementById(part.id);
      const isNew = next && next.innerHTML !== came.get(part.id);
      const isHeld = Boolean(isNew) && isInUse(part);
      part.toggleAttribute("data-held", isHeld);
      if (isNew && !isHeld) swap(part, next);
    }
    const isWaiting = Boolean(document.querySelector("[data-held]"));
    heldSince = isWaiting ? heldSince ?? performance.now() : null;
    say();
    if (isWaiting) applyTimer = setTimeout(apply, AGAIN_MS);
  }

  function ids(page) {
    return [...page.querySelectorAll("[data-live]")].map((part) => part.id).sort().join(" ");
  }

  // In the line that is read aloud, and only when it says something else.
  function say() {
    const isLong = heldSince !== null && performance.now() - heldSince > SAID_AFTER_MS;
    const { waits, waitsPage } = status.dataset;
    const words = lostText || (isLong ? (document.body.hasAttribute("data-held") ? waitsPage : waits) : "");
    if (status.textContent !== words) status.textContent = words;
  }

  function isInUse(part) {
    const isTouched = performance.now() - touchedAt < RESTING_MS && (part.matches(":hover") || Boolean(focusIn(part)));
    return isTouched || isSelected(part) || isWritten(part);
  }

  function isPageInUse() {
    return performance.now() - touchedAt < PAGE_RESTING_MS || isSelected(document.body) || isWritten(document);
  }

  // What is inside and has the focus. The part itself stays when it is filled anew.
  function focusIn(part) {
    const at = document.activeElement;
    return at && at !== part && part.contains(at) && !at.matches(NOT_USED) ? at : null;
  }

  function isSelected(box) {
    const selection = getSelection();
    return selection && !selection.isCollapsed && selection.containsNode(box, true);
  }

  // Whether somebody has changed a field, with or without being in it now.
  function isWritten(box) {
    return [...box.querySelectorAll("input:not([type=hidden]), textarea, select")].some((field) => {
      if (field.options) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
      const isTicked = ["checkbox", "radio"].includes(field.type);
      return isTicked ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    });
  }

  function swap(part, next) {
    const open = [...part.querySelectorAll("details")].map((details) => details.open);
    const scrolled = [part, ...part.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
    const giveFocusBack = focusKeeper(part);
    came.set(part.id, next.innerHTML);
    part.replaceChildren(...document.importNode(next, true).childNodes);
    part.querySelectorAll("details").forEach((details, i) => { details.open = Boolean(open[i]); });
    part.querySelectorAll(".js-only").forEach((inner) => { inner.hidden = false; });
    [part, ...part.querySelectorAll(".scroll")].forEach((box, i) => {
      if (scrolled[i]) [box.scrollLeft, box.scrollTop] = scrolled[i];
    });
    part.dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
    giveFocusBack();
  }

  // To what has the same name as what had the focus; of several, to the one in the same place among them.
  function focusKeeper(part) {
    const had = document.activeElement;
    if (!had || had === part || !part.contains(had)) return () => {};
    const name = NAMED_BY.find((attribute) => had.hasAttribute(attribute));
    const alike = () => [...part.querySelectorAll(had.localName)]
      .filter((element) => !name || element.getAttribute(name) === had.getAttribute(name));
    const place = alike().indexOf(had);
    return () => {
      const found = alike();
      found[Math.min(place, found.length - 1)]?.focus({ preventScroll: true });
    };
  }

  document.querySelectorAll(".js-only").forEach((part) => { part.hidden = false; });
  for (const name of ["pointermove", "pointerdown", "keydown", "wheel"]) {
    document.addEventListener(name, () => { touchedAt = performance.now(); }, { passive: true });
  }
  // The button keeps its word: that it is pressed says that the page is paused.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-pause]");
    if (!button) return;
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    heldSince = null;
    say();
    if (isPaused) stop(); else start();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else start(); });
  addEventListener("pagehide", stop);
  // A page out of the back button's memory is as old as it was left.
  addEventListener("pageshow", (event) => { if (event.persisted) refresh().then(start); });
  start();
})();
