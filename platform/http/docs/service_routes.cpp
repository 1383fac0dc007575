#include "platform/http/docs/service_routes.hpp"

#include "platform/http/docs/docs_page.hpp"

namespace salesflow::http {
namespace {

Route open_route(std::string_view path, std::string_view operation, std::string_view summary) {
  Route route;
  route.path = path;
  route.operation = operation;
  route.summary = summary;
  route.tag = "service";
  route.auth = Auth::anyone;
  route.is_always_served = true;
  return route;
}

Response plain_text(std::string text) {
  Response response = json_response(std::move(text));
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

/// A person with a browser rather than a program: text/html stands in Accept by name.
bool wants_html(std::string_view accept) {
  return accept.find("text/html") != std::string_view::npos;
}

void add_probes(Router& router, const std::shared_ptr<const ServiceHooks>& hooks) {
  Route healthz = open_route("/healthz", "show_liveness", "The process answers.");
  healthz.handler = [](Request&) -> Task<Result<Response>> { co_return json_response(R"({"status":"ok"})"); };
  router.add(std::move(healthz));

  Route readyz = open_route("/readyz", "show_readiness", "The process can serve: database and schema are as needed.");
  readyz.handler = [hooks](Request&) -> Task<Result<Response>> {
    if (hooks->ready) {
      const auto ready = co_await hooks->ready();
      if (!ready) {
        Error error = ready.error();
        error.code = Errc::unavailable;
        co_return error;
      }
    }
    co_return json_response(R"({"status":"ready"})");
  };
  router.add(std::move(readyz));

  if (!hooks->metrics)
    return;
  Route metrics = open_route("/metrics", "show_metrics", "Prometheus text.");
  metrics.handler = [hooks](Request&) -> Task<Result<Response>> {
    Response response = plain_text(hooks->metrics());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
  };
  router.add(std::move(metrics));
}

}  // namespace

void add_ops_routes(Router& router, ServiceHooks hooks) {
  add_probes(router, std::make_shared<const ServiceHooks>(std::move(hooks)));
}

void add_service_routes(Router& router, ServiceHooks hooks) {
  const auto kept = std::make_shared<const ServiceHooks>(std::move(hooks));

  Route root = open_route("/", "show_root", "What this is: JSON, or a page for a browser.");
  const std::string root_body = R"({"status":"ok","app":")" + std::string(kept->info.title) + R"(","version":")" +
                                std::string(kept->info.version) + "\"}";
  root.handler = [root_body, kept](Request& request) -> Task<Result<Response>> {
    Response response;
    if (wants_html(request.header("Accept")) && kept->page)
      co_return kept->page(request);
    if (wants_html(request.header("Accept"))) {
      response.status = 303;
      response.headers.emplace_back("Location", "/docs");
    } else {
      response = json_response(root_body);
    }
    response.headers.emplace_back("Vary", "Accept");
    co_return response;
  };
  router.add(std::move(root));

  // The version is part of the old contract, not ours.
  Route health = open_route("/health", "show_health", "Health as old clients know it.");
  health.handler = [](Request&) -> Task<Result<Response>> {
    co_return json_response(R"({"status":"healthy","version":"2.0.0"})");
  };
  router.add(std::move(health));

  add_probes(router, kept);

  Route document = open_route("/openapi.json", "show_openapi", "This document.");
  const auto bytes = std::make_shared<Response>();
  document.handler = [bytes](Request&) -> Task<Result<Response>> { co_return *bytes; };
  router.add(std::move(document));
  *bytes = json_response(openapi_document(router, kept->info));
  bytes->etag = content_etag(*bytes->body);
  bytes->gzip_body = Gzip(6).compress(*bytes->body);

  add_docs_routes(router);
}

}  // namespace salesflow::http
