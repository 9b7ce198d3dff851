// Small comforts. Every page works without this file.
"use strict";

// What the back button brings out of the browser's memory may be somebody's who has signed out since: it is not seen before the server
// says that it is the same session's, whose token the forms have. What was typed into it stays.
(function leaveNothingBehind() {
  // The note that a page loaded itself again is for that one request. See live.js.
  document.cookie = "itself=; path=/; max-age=0; samesite=strict";
  const tokenOf = (page) => page.querySelector("input[name=csrf]")?.value;
  const own = tokenOf(document);
  const see = (isSeen) => { document.documentElement.style.visibility = isSeen ? "" : "hidden"; };

  addEventListener("pageshow", async (event) => {
    const [loaded] = performance.getEntriesByType("navigation");
    const isFromCache = loaded && loaded.type === "back_forward" && loaded.transferSize === 0;
    if (!own || !(event.persisted || isFromCache)) return;
    see(false);
    // The smallest page that has a form.
    const asked = fetch("/search", { cache: "no-store", redirect: "manual" });
    const html = await asked.then((answer) => answer.text()).catch(() => "");
    if (tokenOf(new DOMParser().parseFromString(html, "text/html")) === own) see(true); else location.reload();
  });
})();

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
