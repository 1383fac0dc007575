#include "platform/http/docs/docs_page.hpp"

#include <array>

// The files as gzip, made by the build from the npm package (see CMakeLists.txt).
#define SALESFLOW_EMBED(name, path)     \
  __asm__(                              \
      ".pushsection .rodata\n"          \
      ".global " #name "_begin\n" #name \
      "_begin:\n"                       \
      ".incbin \"" path                 \
      "\"\n"                            \
      ".global " #name "_end\n" #name   \
      "_end:\n"                         \
      ".byte 0\n.popsection\n");        \
  extern "C" const char name##_begin[]; \
  extern "C" const char name##_end[]

SALESFLOW_EMBED(salesflow_docs_js, SALESFLOW_DOCS_DIR "/swagger-ui-bundle.js.gz");
SALESFLOW_EMBED(salesflow_docs_css, SALESFLOW_DOCS_DIR "/swagger-ui.css.gz");

namespace salesflow::http {
namespace {

// Swagger UI writes style attributes and its icons are data: URLs; everything else comes from here or not at all.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view start_script = R"(window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json', dom_id: '#docs', validatorUrl: null, deepLinking: true, filter: true,
    tryItOutEnabled: false, persistAuthorization: false, defaultModelsExpandDepth: 0, docExpansion: 'list',
  });
};
)";

std::string page(std::string_view version) {
  std::string html = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SalesFlow API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css?v=@">
</head>
<body>
<noscript>This page needs JavaScript. The API is described in <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="docs"></div>
<script src="/docs/swagger-ui.js?v=@"></script>
<script src="/docs/start.js?v=@"></script>
</body>
</html>
)";
  for (auto at = html.find('@'); at != std::string::npos; at = html.find('@', at))
    html.replace(at, 1, version);
  return html;
}

/// `gzip` for files that are kept compressed only.
void add_file(Router& router, std::string_view path, std::string_view operation, std::string_view type,
              SharedBytes bytes, bool gzip, bool lasting) {
  Response response;
  response.content_type = type;
  response.etag = content_etag(*bytes);
  (gzip ? response.gzip_body : response.body) = std::move(bytes);
  response.headers.emplace_back("Content-Security-Policy", content_security_policy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cache-Control",
                                lasting ? "public, max-age=31536000, immutable" : "public, max-age=300");
  Route route;
  route.path = path;
  route.operation = operation;
  route.auth = Auth::anyone;
  route.is_always_served = true;
  const auto shared = std::make_shared<const Response>(std::move(response));
  route.handler = [shared](Request&) -> Task<Result<Response>> { co_return *shared; };
  router.add(std::move(route));
}

SharedBytes embedded(const char* begin, const char* end) {
  return std::make_shared<const std::string>(begin, static_cast<std::size_t>(end - begin));
}

}  // namespace

std::string content_etag(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  std::string tag = "\"";
  for (int shift = 60; shift >= 0; shift -= 4)
    tag += "0123456789abcdef"[hash >> shift & 15];
  return tag + '"';
}

void add_docs_routes(Router& router) {
  // Shared by the routers of all threads.
  static const SharedBytes script = embedded(salesflow_docs_js_begin, salesflow_docs_js_end);
  static const SharedBytes style = embedded(salesflow_docs_css_begin, salesflow_docs_css_end);
  static const std::string version = content_etag(*script + *style + std::string(start_script)).substr(1, 16);
  add_file(router, "/docs", "show_docs", "text/html; charset=utf-8", std::make_shared<const std::string>(page(version)),
           false, false);
  add_file(router, "/docs/start.js", "show_docs_start", "text/javascript; charset=utf-8",
           std::make_shared<const std::string>(start_script), false, true);
  add_file(router, "/docs/swagger-ui.js", "show_docs_script", "text/javascript; charset=utf-8", script, true, true);
  add_file(router, "/docs/swagger-ui.css", "show_docs_style", "text/css; charset=utf-8", style, true, true);
}

}  // namespace salesflow::http
