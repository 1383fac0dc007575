// RequestParser: HTTP/1.x syntax without a socket. The only code that knows Beast (its protocol parser).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/toolkit/request.hpp"

namespace salesflow::http {

/// Headers that the middleware asks for on every request; found while parsing, so that nobody searches.
enum class Known : std::uint8_t {
  host,
  accept,
  accept_encoding,
  access_control_request_headers,
  access_control_request_method,
  authorization,
  content_type,
  cookie,
  correlation_id,
  expect,
  idempotency_key,
  if_none_match,
  origin,
  request_id,
  salesflow_xid,
  traceparent,
  count
};

/// The head of one request. All views point into the bytes given to RequestParser::parse_head.
struct RequestHead {
  bool method_known = true;
  Method method = Method::get;
  std::string_view target;
  std::string_view path;   // starts with '/', or is "*"; without scheme and host
  std::string_view query;  // without '?'
  bool version_11 = true;
  bool keep_alive = true;
  bool chunked = false;
  bool has_content_length = false;
  bool expects_continue = false;
  std::uint64_t content_length = 0;  // 0 when unknown
  std::vector<Header> headers;
  std::array<std::string_view, static_cast<std::size_t>(Known::count)> known;  // first of each name; empty: absent

  std::string_view operator[](Known name) const { return known[static_cast<std::size_t>(name)]; }
  bool has_body() const { return chunked || content_length > 0; }
};

struct HeadLimits {
  std::uint32_t request_line_bytes_max = 8192;
  std::uint32_t header_bytes_max = 16384;  // request line and fields together
  std::uint32_t fields_max = 100;
};

/// One message after the other from a buffer that the caller owns. Not for several threads.
class RequestParser {
 public:
  enum class Status { need_more, done, failed };

  explicit RequestParser(const HeadLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Starts a new message and forgets the old one.
  void reset();
  /// Parses the head from `bytes`, which begin with the message's first byte and are the same as in the last call
  /// plus what came since (at the same address: views stay valid). done: head_bytes() are consumed.
  /// Cost: each complete line is looked at once.
  Status parse_head(std::string_view bytes);
  /// Forgets the head's memory; head() is empty afterwards. For idle connections.
  void release();

  const RequestHead& head() const { return head_; }
  std::size_t head_bytes() const { return head_bytes_; }

  /// Decodes a chunked body: appends its payload to `out`, sets `consumed`. done: the last chunk and the trailers
  /// (which are dropped) have been read. Only after parse_head said done with head().chunked.
  Status parse_chunked(std::string_view bytes, std::string& out, std::size_t& consumed);

  /// Why it failed: the answer's status and its detail. The connection must be closed after it.
  int failure_status() const { return failure_status_; }
  std::string_view failure_detail() const { return failure_detail_; }

 private:
  class Beast;
  Status fail_with(int status, std::string_view detail);
  Status finish_head();

  HeadLimits limits_;
  RequestHead head_;
  std::size_t head_bytes_ = 0;  // consumed so far, the whole head when done
  int failure_status_ = 0;
  std::string_view failure_detail_;
  std::unique_ptr<Beast> beast_;
};

}  // namespace salesflow::http
