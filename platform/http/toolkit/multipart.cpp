#include "platform/http/toolkit/multipart.hpp"

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

constexpr std::size_t part_head_bytes_max = 8 << 10;
constexpr std::size_t boundary_bytes_max = 70;

Error broken(std::string_view what) {
  return fail(Errc::malformed, "The multipart body is not valid: " + std::string(what), "body");
}

}  // namespace

std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
  for (std::size_t from = header.find(';'); from != std::string_view::npos && from < header.size();) {
    ++from;
    while (from < header.size() && (header[from] == ' ' || header[from] == '\t'))
      ++from;
    const auto equals = header.find('=', from);
    if (equals == std::string_view::npos)
      return std::nullopt;
    const bool is_it = equal_without_case(trim(header.substr(from, equals - from)), name);
    std::string value;
    std::size_t at = equals + 1;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        if (header[at] == '\\' && at + 1 < header.size() && (header[at + 1] == '"' || header[at + 1] == '\\'))
          ++at;
        value += header[at];
      }
      from = header.find(';', at);
    } else {
      from = header.find(';', at);
      value = trim(header.substr(at, from == std::string_view::npos ? from : from - at));
    }
    if (is_it)
      return value;
  }
  return std::nullopt;
}

std::string multipart_boundary(std::string_view content_type) {
  if (!equal_without_case(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
    return {};
  auto boundary = header_parameter(content_type, "boundary").value_or("");
  return boundary.size() > boundary_bytes_max ? "" : boundary;
}

MultipartReader::MultipartReader(BodyReader& body, std::string_view boundary)
    : body_(body), delimiter_("\r\n--" + std::string(boundary)), buffer_("\r\n") {}

/// False at the end of the body.
Task<Result<bool>> MultipartReader::fill() {
  auto piece = co_await body_.next();
  if (!piece)
    co_return piece.error();
  buffer_ += *piece;
  co_return !piece->empty();
}

/// What follows the last part, so that the connection can be used again.
Task<Result<std::optional<MultipartReader::Part>>> MultipartReader::skip_rest() {
  while (true) {
    buffer_.clear();
    const auto more = co_await fill();
    if (!more)
      co_return more.error();
    if (!*more)
      co_return std::nullopt;
  }
}

Task<Result<std::string>> MultipartReader::next_piece() {
  if (!in_part_)
    co_return std::string();
  while (true) {
    const auto found = buffer_.find(delimiter_);
    // What could be the beginning of the delimiter stays for the next time.
    const std::size_t sure = found != std::string::npos           ? found
                             : buffer_.size() > delimiter_.size() ? buffer_.size() - delimiter_.size()
                                                                  : 0;
    if (sure > 0) {
      std::string piece = buffer_.substr(0, sure);
      buffer_.erase(0, sure);
      co_return piece;
    }
    if (found == 0) {
      in_part_ = false;
      co_return std::string();
    }
    const auto more = co_await fill();
    if (!more)
      co_return more.error();
    if (!*more)
      co_return broken("a part has no end");
  }
}

Task<Result<std::optional<MultipartReader::Part>>> MultipartReader::next_part() {
  if (ended_)
    co_return std::nullopt;
  while (in_part_) {
    const auto skipped = co_await next_piece();
    if (!skipped)
      co_return skipped.error();
  }
  // The delimiter stands in front, but for what may precede the first one.
  while (true) {
    const auto found = buffer_.find(delimiter_);
    if (found != std::string::npos && (found == 0 || !started_)) {
      const std::size_t behind = found + delimiter_.size();
      if (buffer_.compare(behind, 2, "--") == 0) {
        ended_ = true;
        co_return co_await skip_rest();
      }
      const auto head_end = buffer_.find("\r\n\r\n", behind);
      if (head_end != std::string::npos) {
        started_ = true;
        std::string_view head = std::string_view(buffer_).substr(behind, head_end - behind);
        std::optional<Part> part;
        std::string content_type;
        while (!head.empty()) {
          const auto end = std::min(head.find("\r\n"), head.size());
          const auto line = head.substr(0, end);
          const auto colon = line.find(':');
          const auto name = colon == std::string_view::npos ? std::string_view() : trim(line.substr(0, colon));
          const auto value = line.substr(std::min(colon, line.size() - 1) + 1);
          if (equal_without_case(name, "Content-Disposition")) {
            if (auto called = header_parameter(value, "name"))
              part = Part{std::move(*called), header_parameter(value, "filename"), {}};
          } else if (equal_without_case(name, "Content-Type")) {
            content_type = trim(value);
          }
          head.remove_prefix(std::min(end + 2, head.size()));
        }
        if (!part)
          co_return broken("a part has no name");
        part->content_type = std::move(content_type);
        buffer_.erase(0, head_end + 4);
        in_part_ = true;
        co_return part;
      }
    }
    if (buffer_.size() > part_head_bytes_max)
      co_return broken("a part's head is too long, or the boundary is another");
    const auto more = co_await fill();
    if (!more)
      co_return more.error();
    if (!*more)
      co_return broken("it has no end");
  }
}

Task<Result<std::string>> MultipartReader::read_all(const Part& part, std::size_t bytes_max) {
  std::string all;
  while (true) {
    const auto piece = co_await next_piece();
    if (!piece)
      co_return piece.error();
    if (piece->empty())
      co_return all;
    all += *piece;
    if (all.size() > bytes_max) {
      co_return fail(Errc::payload_too_large, part.name + " may have at most " + std::to_string(bytes_max) + " bytes",
                     part.name);
    }
  }
}

}  // namespace salesflow::http
