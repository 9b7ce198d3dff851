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
