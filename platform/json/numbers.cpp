#include "platform/json/numbers.hpp"

#include <boost/json/parse.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

namespace salesflow::json {
namespace {

constexpr std::int64_t exponent_max = 308;   // of a double
constexpr std::int64_t exponent_min = -324;  // with its smallest digits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_in_number(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// What of a number decides how long it is when written out.
struct Shape {
  bool negative = false;
  std::int64_t whole = 0, decimals = 0;  // digits before and behind the point, as sent
  std::int64_t digits = 0;               // from the first that is not 0 on; all of them for zero
  std::int64_t exponent = 0;             // as sent, within ±1,000,000,000
  std::int64_t first = 0;                // power of ten of the first digit that is not 0
  bool zero = true;
};

Shape shape_of(std::string_view number) {
  Shape shape;
  std::size_t at = 0;
  bool behind_point = false;
  std::int64_t place = 0;  // digits before the first that is not 0
  for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
    const char c = number[at];
    if (c == '-') {
      shape.negative = true;
    } else if (c == '.') {
      behind_point = true;
    } else {
      ++(behind_point ? shape.decimals : shape.whole);
      if (shape.zero && c != '0') {
        shape.zero = false;
        place = shape.whole + shape.decimals - 1;
      }
      shape.digits += !shape.zero;
    }
  }
  if (shape.zero)
    shape.digits = shape.whole + shape.decimals;
  if (at < number.size()) {
    const bool minus = number[at + 1] == '-';
    for (++at; at < number.size(); ++at) {
      if (is_digit(number[at]) && shape.exponent < 1'000'000'000)
        shape.exponent = shape.exponent * 10 + (number[at] - '0');
    }
    if (minus)
      shape.exponent = -shape.exponent;
  }
  shape.first = shape.whole - 1 - place + shape.exponent;
  return shape;
}

bool is_outsize(std::string_view number) {
  // The common case: a few digits without an exponent.
  if (number.size() <= 18 && number.find_first_of("eE") == std::string_view::npos)
    return false;
  const Shape shape = shape_of(number);
  if (shape.digits > static_cast<std::int64_t>(number_digits_max))
    return true;
  // 0e-16000 is written out with 16,000 zeros, and 0e400 is no number to a reader who multiplies.
  if (shape.zero)
    return shape.exponent < exponent_min || shape.exponent > exponent_max;
  if (shape.first > exponent_max || shape.first < exponent_min)
    return true;
  if (shape.first < exponent_max)
    return false;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error != std::errc() || std::isinf(value);
}

std::size_t written_size(std::string_view number) {
  if (number.find_first_of("eE") == std::string_view::npos)
    return number.size();
  const Shape shape = shape_of(number);
  const std::int64_t whole = shape.zero ? 1 : std::max<std::int64_t>(1, shape.first + 1);
  const std::int64_t decimals = std::max<std::int64_t>(0, shape.decimals - shape.exponent);
  return static_cast<std::size_t>(shape.negative + whole + (decimals > 0 ? decimals + 1 : 0));
}

/// Past the string that starts at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) noexcept {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    at += text[at] == '\\';
  return at + 1;
}

std::string_view number_at(std::string_view text, std::size_t at) noexcept {
  std::size_t end = at;
  while (end < text.size() && is_in_number(text[end]))
    ++end;
  return text.substr(at, end - at);
}

/// Where in the text we are.
class Place {
 public:
  void open(bool array) { levels_.push_back({array, 0, {}}); }
  void close() { levels_.pop_back(); }
  void next() {
    if (!levels_.empty())
      ++levels_.back().index;
  }
  /// Takes a string of an object: its key stands before its value and so is the last one seen when a number comes.
  void take_string(std::string_view quoted) {
    if (!levels_.empty() && !levels_.back().array)
      levels_.back().key = quoted;
  }
  std::string path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.array) {
        path += "[" + std::to_string(level.index) + "]";
      } else {
        path += (path.empty() ? "" : ".") + std::string(boost::json::parse(level.key).as_string());
      }
    }
    return path;
  }

 private:
  struct Level {
    bool array;
    std::size_t index;
    std::string_view key;  // with its quotes
  };
  std::vector<Level> levels_;
};

}  // namespace

std::optional<std::string> find_outsize_number(std::string_view text) {
  Place place;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = skip_string(text, at);
      place.take_string(text.substr(at, end - at));
      at = end;
    } else if (c == '-' || is_digit(c)) {
      const auto number = number_at(text, at);
      if (is_outsize(number))
        return place.path();
      at += number.size();
    } else {
      if (c == '{' || c == '[') {
        place.open(c == '[');
      } else if (c == '}' || c == ']') {
        place.close();
      } else if (c == ',') {
        place.next();
      }
      ++at;
    }
  }
  return std::nullopt;
}

std::size_t stored_size(std::string_view text) noexcept {
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = skip_string(text, at);
      bytes += end - at;
      at = end;
    } else if (c == '-' || is_digit(c)) {
      const auto number = number_at(text, at);
      bytes += written_size(number);
      at += number.size();
    } else {
      bytes += c == ',' || c == ':' ? 2 : c == ' ' || c == '\n' || c == '\t' || c == '\r' ? 0 : 1;
      ++at;
    }
  }
  return bytes;
}

}  // namespace salesflow::json
