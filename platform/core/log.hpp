// A log line is one event with fields, as one JSON object; its level is its meaning:
// error = a 5xx or a fault to look at, warn = a 4xx burst, a retry, something slow, info = a change of state.
// Never row contents, query strings, bodies, tokens or secrets.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace salesflow::log {

enum class Level { debug, info, warn, error };

/// One field; text is escaped, numbers and bools are written as such.
struct Field {
  enum class Kind { text, integer, real, boolean };
  std::string_view key;
  Kind kind = Kind::text;
  std::string_view text;
  std::int64_t integer = 0;
  double real = 0;

  Field(std::string_view k, std::string_view v) : key(k), text(v) {}
  Field(std::string_view k, const char* v) : key(k), text(v) {}
  Field(std::string_view k, const std::string& v) : key(k), text(v) {}
  Field(std::string_view k, bool v) : key(k), kind(Kind::boolean), integer(v) {}
  Field(std::string_view k, std::integral auto v)
      : key(k), kind(Kind::integer), integer(static_cast<std::int64_t>(v)) {}
  Field(std::string_view k, std::floating_point auto v) : key(k), kind(Kind::real), real(v) {}
};

/// Where lines go: "stderr" (default), "stdout" or a file's path. Call once, before threads start. Throws when the
/// file cannot be opened. Lines are buffered and written at the latest after one second; warn and error at once.
void configure(std::string_view destination, Level lowest);
/// Writes out what is buffered; called on shutdown and by tests.
void flush();

void write(Level level, std::string_view event, std::initializer_list<Field> fields);
/// A ready JSON object without line end: the access log's fast path. `json` must be one line.
void write_line(std::string_view json);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

/// Appends `text` as the inside of a JSON string (without quotes).
void append_escaped(std::string& out, std::string_view text);

}  // namespace salesflow::log
