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
