#include "platform/http/web/web_routes.hpp"

#include <map>
#include <memory>

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

// React sets styles through the object model, which no policy forbids; markup with style attributes there is none.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view assets = "/assets/";

bool accepts_brotli(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    std::string_view element = next_element(accept_encoding);
    const std::string_view coding = next_element(element, ';');
    if (!equal_without_case(coding, "br"))
      continue;
    // q=0, q=0.0 …: not this one
    return element.find_first_of("123456789") != std::string_view::npos || element.find('=') == std::string_view::npos;
  }
  return false;
}

/// A file's answer in the forms that clients ask for; made once, shared by all threads' routers.
struct Answers {
  Response gzip;                   // unpacked by the session for those who take none
  std::optional<Response> brotli;  // as it is
  const Response& fitting(const Request& request) const {
    return brotli && accepts_brotli(request.header("Accept-Encoding")) ? *brotli : gzip;
  }
};

SharedBytes shared(std::string_view bytes) {
  return std::make_shared<const std::string>(bytes);
}

Answers answers_of(const WebFile& file, bool is_page) {
  Response response;
  response.content_type = file.type;
  response.etag = file.etag;
  auto& headers = response.headers;
  if (is_page) {
    headers.emplace_back("Content-Security-Policy", content_security_policy);
    headers.emplace_back("Referrer-Policy", "no-referrer");
    headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    headers.emplace_back("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    headers.emplace_back("Cache-Control", "no-cache");
    headers.emplace_back("Vary", "Accept");
  } else {
    // Names carry a hash of the content: another content is another name.
    headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  }
  Answers answers;
  if (!file.brotli.empty()) {
    Response brotli = response;
    brotli.body = shared(file.brotli);
    brotli.compressible = false;
    brotli.etag.insert(brotli.etag.size() - 1, "-br");
    brotli.headers.emplace_back("Content-Encoding", "br");
    brotli.headers.emplace_back("Vary", "Accept-Encoding");
    answers.brotli = std::move(brotli);
  }
  response.gzip_body = shared(file.gzip);
  answers.gzip = std::move(response);
  return answers;
}

std::shared_ptr<const Answers> page_of(const WebApp& app) {
  for (const WebFile& file : app.files) {
    if (file.path == "/index.html")
      return std::make_shared<const Answers>(answers_of(file, true));
  }
  return nullptr;
}

Route web_route(std::string_view path, std::string_view operation) {
  Route route;
  route.path = path;
  route.operation = operation;
  route.auth = Auth::anyone;
  route.is_always_served = true;
  return route;
}

}  // namespace

void add_web_routes(Router& router, const WebApp& app) {
  const auto page = page_of(app);
  if (!page)
    return;
  for (const std::string_view path : app.paths) {
    Route route = web_route(path, "show_web_page");
    route.handler = [page](Request& request) -> Task<Result<Response>> {
      if (request.header("Accept").find("text/html") == std::string_view::npos)
        co_return fail(Errc::not_found, "There is nothing at this path");
      co_return page->fitting(request);
    };
    router.add(std::move(route));
  }
  const auto files = std::make_shared<std::map<std::string, Answers, std::less<>>>();
  for (const WebFile& file : app.files) {
    if (file.path.starts_with(assets))
      files->emplace(file.path.substr(assets.size()), answers_of(file, false));
  }
  Route route = web_route("/assets/{file}", "show_web_file");
  route.handler = [files](Request& request) -> Task<Result<Response>> {
    const auto found = files->find(request.path_parameters.empty() ? std::string() : request.path_parameters.front());
    if (found == files->end())
      co_return fail(Errc::not_found, "There is no such file");
    co_return found->second.fitting(request);
  };
  router.add(std::move(route));
}

std::function<Response(const Request&)> web_page(const WebApp& app) {
  const auto page = page_of(app);
  if (!page)
    return nullptr;
  return [page](const Request& request) { return page->fitting(request); };
}

}  // namespace salesflow::http
