// ServerError: an ErrorResponse or NoticeResponse with all its fields.
#pragma once

#include <string>
#include <string_view>

namespace salesflow::postgres {

class ServerError {
 public:
  /// Fields by the letters of the protocol; those that errors.cpp and the connection look at.
  enum Field : char {
    severity = 'V',  // not translated; a pooler's own errors have none
    sqlstate = 'C',
    message = 'M',
    detail = 'D',
    table = 't',
    column = 'c',
    constraint = 'n',
    routine = 'R',
  };

  ServerError() = default;
  /// The message's body: letter and text, letter and text, each ended by 0, and a 0 behind the last.
  explicit ServerError(std::string_view body) : body_(body) {}
  static bool is_well_formed(std::string_view body) noexcept;

  /// Empty when the server did not send it.
  std::string_view operator[](Field field) const noexcept;

 private:
  std::string body_;
};

}  // namespace salesflow::postgres
