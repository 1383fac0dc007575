// Request: what a handler sees of an HTTP request. All views live as long as the handler runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

enum class Method { get, head, post, put, patch, del, options };
inline constexpr std::size_t method_count = 7;
/// "GET" and so on.
std::string_view to_string(Method method) noexcept;

struct Header {
  std::string_view name;   // as sent
  std::string_view value;  // without surrounding white space
};

/// Pulls the body of a route with BodyPolicy::stream, piece by piece; owned by the session.
class BodyReader {
 public:
  /// The next piece (at most the session's read buffer, decoded from chunks); empty at the end, also when asked again.
  /// A caller that stops before the end makes the session close the connection after the answer.
  /// Errors: payload_too_large past the policy's max_bytes; malformed for broken chunks or a client that went away
  /// or stalled. The session then answers for itself, whatever the handler returns.
  virtual Task<Result<std::string>> next() = 0;

 protected:
  ~BodyReader() = default;
};

struct Request {
  Method method = Method::get;
  std::string_view target;  // as sent
  std::string_view path;    // before '?', as sent (percent-encoded)
  std::string_view query;   // after '?', as sent
  std::span<const Header> headers;
  std::string_view body;              // whole, already bounded by the route's BodyPolicy; valid UTF-8 when JSON
  BodyReader* body_reader = nullptr;  // set for BodyPolicy::stream only, whose `body` is empty
  std::string_view client_address;    // the peer, or whom a trusted proxy names
  std::span<const std::string> path_parameters;  // decoded, in the order of the template's {names}
  RequestContext* context = nullptr;

  /// First header of that name, without case; empty when absent.
  std::string_view header(std::string_view name) const noexcept;
  /// The path parameter as a UUID. Errors: malformed (400) naming the parameter.
  Result<Uuid> path_uuid(std::size_t position, std::string_view name) const;
};

}  // namespace salesflow::http
