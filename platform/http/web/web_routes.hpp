// The web app: its pages for browsers, its files for a year.
#pragma once

#include <functional>

#include "platform/http/server/router.hpp"
#include "platform/http/web/embedded_app.hpp"

namespace salesflow::http {

/// Adds /assets/{file} and the app's paths, each of which answers index.html to a browser (Accept names text/html) and
/// 404 to anybody else, as a path that nobody serves. They are no part of the OpenAPI document. Nothing without files.
void add_web_routes(Router& router, const WebApp& app);

/// index.html as / answers it to a browser; empty without files.
std::function<Response(const Request&)> web_page(const WebApp& app);

}  // namespace salesflow::http
