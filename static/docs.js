// Shows the API's document. What the page tries goes to this server only; a signed-in browser proves itself with its session's token.
"use strict";
(() => {
  const meta = document.querySelector("meta[name=csrf-token]");
  const proven = (request) => {
    if (meta && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRF-Token"] = meta.content;
    }
    return request;
  };
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    domNode: document.getElementById("docs"),
    deepLinking: true,
    docExpansion: "list",
    validatorUrl: null,
    requestInterceptor: proven,
  });
})();
