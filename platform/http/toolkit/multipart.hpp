// multipart/form-data (RFC 7578) from a streamed body: part after part, each in pieces; constant memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/toolkit/request.hpp"

namespace salesflow::http {

/// The value of `name` among a header's parameters: "; name=value; name2=\"value\"".
std::optional<std::string> header_parameter(std::string_view header, std::string_view name);
/// The boundary of a Content-Type; empty when it is no multipart/form-data or has none.
std::string multipart_boundary(std::string_view content_type);

class MultipartReader {
 public:
  struct Part {
    std::string name;
    std::optional<std::string> file_name;
    std::string content_type;
  };

  MultipartReader(BodyReader& body, std::string_view boundary);

  /// The next part, past what is unread of the last; empty after the last one.
  /// Errors: malformed for a body that is no such form, naming it; those of the body.
  Task<Result<std::optional<Part>>> next_part();
  /// The next piece of the part; empty at its end, also when asked again. Errors: as next_part.
  Task<Result<std::string>> next_piece();
  /// All of the part. Errors: also payload_too_large beyond bytes_max, naming the part.
  Task<Result<std::string>> read_all(const Part& part, std::size_t bytes_max);

 private:
  Task<Result<bool>> fill();
  Task<Result<std::optional<Part>>> skip_rest();

  BodyReader& body_;
  std::string delimiter_;  // CR LF -- boundary
  std::string buffer_;
  bool started_ = false, in_part_ = false, ended_ = false;
};

}  // namespace salesflow::http
