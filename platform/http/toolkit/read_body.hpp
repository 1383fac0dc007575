// JSON bodies as described structs: http::read_body<CreateBody>(request).
#pragma once

#include "platform/http/toolkit/clean_texts.hpp"
#include "platform/http/toolkit/request.hpp"
#include "platform/json/read.hpp"

namespace salesflow::http {

/// True when the client sent `Prefer: handling=strict` (RFC 7240): unknown members of the body are refused.
bool prefers_strict(const Request& request) noexcept;

/// Short texts come without blanks around them (clean_texts). Errors: as json::read and clean_texts; with Prefer:
/// handling=strict also 422 for members that T does not know.
template <json::DescribedStruct T>
Result<T> read_body(const Request& request) {
  auto body = json::read<T>(request.body, {.refuse_unknown = prefers_strict(request), .unknown_fields = nullptr});
  if (body) {
    if (auto cleaned = clean_texts(*body); !cleaned)
      return cleaned.error();
  }
  return body;
}

}  // namespace salesflow::http
