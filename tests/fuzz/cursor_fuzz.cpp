// Cursors of pages: a made-up one is refused or means one place.
#include <string>

#include "platform/core/bounded.hpp"
#include "platform/core/cursor.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;

struct Keys {
  std::int16_t score = 0;
  std::int64_t value = 0;
  Date day{};
  TextKey name;
  Uuid id;
  friend bool operator==(const Keys&, const Keys&) = default;
};
BOOST_DESCRIBE_STRUCT(Keys, (), (score, value, day, name, id))

namespace {

const Scope scope("a list of somebody", Uuid{}), another("another list", Uuid{});

template <class Position>
void read(std::string_view text) {
  const auto cursor = decode_cursor(text, scope, Position{});
  if (!cursor)
    return;
  const auto again = decode_cursor(encode_cursor(*cursor, scope), scope, Position{});
  fuzz::require(again && *again == *cursor, "a cursor keeps its place");
  fuzz::require(text.empty() || !decode_cursor(text, another, Position{}), "a cursor belongs to its list");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read<TimePosition>(text);
  read<Keys>(text);
  if (!is_valid_utf8(text) || text.find('\0') != std::string::npos)
    return 0;
  Keys keys;
  keys.name = TextKey(text);
  auto own = decode_cursor(encode_cursor(keys, scope), scope, Keys{});
  fuzz::require(own && own->name.restore(text) && own->name.text == text, "a text that PostgreSQL can hold is a key");
  return 0;
}
