// Response: shared immutable bytes with ETag and provenance, or a stream. Made by routes, written by the session.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

/// Immutable bytes that several answers may share (a cached page, an embedded file).
using SharedBytes = std::shared_ptr<const std::string>;

/// Pulls the next piece of a streamed body; an empty piece ends it. Runs on the session's thread.
using BodyStream = std::function<Task<Result<std::string>>()>;

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";
  SharedBytes body;       // null with an empty body (204) or a stream
  SharedBytes gzip_body;  // the same bytes as gzip, when somebody keeps them (alone: body may be null then)
  std::shared_ptr<BodyStream> stream;  // chunked; body must be null
  std::string etag;                    // with quotes, without W/; empty: none
  /// Extra headers; names as they are to be sent. Values must not hold CR, LF or U+0000 (the session drops such).
  std::vector<std::pair<std::string, std::string>> headers;
  bool compressible = true;  // false for answers with tokens and for what is compressed already
};

/// 200 (or `status`) with a JSON text.
Response json_response(std::string body, int status = 200);
/// 204.
Response no_content();

}  // namespace salesflow::http
