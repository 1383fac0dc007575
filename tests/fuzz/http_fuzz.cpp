// Requests as bytes: a head that comes in pieces is read as one that comes at once.
#include <string>

#include "platform/http/server/request_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;
using Status = http::RequestParser::Status;

namespace {

/// What a parser made of the head, for comparison.
std::string told(const http::RequestParser& parser, Status status) {
  if (status == Status::failed)
    return "failed " + std::to_string(parser.failure_status());
  if (status == Status::need_more)
    return "more";
  const auto& head = parser.head();
  std::string text = std::to_string(parser.head_bytes()) + " " + std::string(head.target);
  for (const auto& field : head.headers)
    text.append("\n").append(field.name).append(": ").append(field.value);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t step = 1 + input.byte() % 64;
  const std::string bytes(input.rest());
  http::RequestParser whole({}), pieces({});
  whole.reset();
  const Status at_once = whole.parse_head(bytes);
  pieces.reset();
  Status status = Status::need_more;
  for (std::size_t end = 0; status == Status::need_more && end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    status = pieces.parse_head(std::string_view(bytes).substr(0, end));
  }
  if (!bytes.empty() && at_once != Status::failed)
    fuzz::require(told(whole, at_once) == told(pieces, status), "a head in pieces is the head at once");
  if (at_once != Status::done)
    return 0;
  for (const auto& field : whole.head().headers) {
    fuzz::require(field.value.find_first_of("\r\n") == std::string_view::npos, "no line break inside of a value");
    fuzz::require(!field.name.empty(), "a field has a name");
  }
  fuzz::require(!(whole.head().chunked && whole.head().has_content_length), "one length of a body");
  if (!whole.head().chunked)
    return 0;
  std::string body, first;
  std::size_t consumed = 0;
  const std::string_view rest = std::string_view(bytes).substr(whole.head_bytes());
  whole.parse_chunked(rest, body, consumed);
  fuzz::require(consumed <= rest.size(), "not more consumed than there is");
  fuzz::require(body.size() <= rest.size(), "a body is not longer than its chunks");
  return 0;
}
