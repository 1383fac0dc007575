// /docs: Swagger UI (from npm, embedded in the binary) over /openapi.json. Loads nothing from other hosts.
#pragma once

#include <string>
#include <string_view>

#include "platform/http/server/compress.hpp"
#include "platform/http/server/router.hpp"

namespace salesflow::http {

/// A strong tag of the bytes, for files that do not change while the process runs.
std::string content_etag(std::string_view bytes);

/// Adds /docs and its files. They carry a strict Content-Security-Policy and are no part of the OpenAPI document.
void add_docs_routes(Router& router);

}  // namespace salesflow::http
