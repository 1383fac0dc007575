// The OpenAPI 3.1 document, made from the route table.
#pragma once

#include <string>
#include <string_view>

#include "platform/http/server/router.hpp"

namespace salesflow::http {

struct ApiInfo {
  std::string_view title = "SalesFlow";
  std::string_view version;
  std::string_view description;
};

/// The whole document as JSON text. Runs once at start. Throws std::logic_error when a route's schema is not JSON or
/// two schemas of one name differ: bugs of the route table.
std::string openapi_document(const Router& router, const ApiInfo& info);

}  // namespace salesflow::http
