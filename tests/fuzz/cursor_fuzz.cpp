// Cursors of pages: a made-up one is refused or means one place.
#include <string>

#include "platform/core/bounded.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/keyset.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t count = 1 + input.byte() % 8;
  const std::string text(input.rest()), scope = "a list of somebody";
  if (const auto cursor = decode_cursor(text, scope)) {
    const auto again = decode_cursor(encode_cursor(*cursor, scope), scope);
    fuzz::require(again && *again == *cursor, "a cursor keeps its place");
    fuzz::require(!decode_cursor(text, "another list"), "a cursor belongs to its list");
  }
  if (const auto keys = decode_keyset(text, count, scope)) {
    fuzz::require(keys->size() == count, "so many keys");
    const auto again = decode_keyset(encode_keyset(*keys, scope), count, scope);
    fuzz::require(again && *again == *keys, "keys keep their place");
    for (const auto& key : *keys) {
      (void)key_number(key, INT64_MIN, INT64_MAX);
      (void)key_time(key);
      (void)key_date(key);
      (void)key_id(key);
    }
  }
  if (!is_valid_utf8(text) || text.find('\0') != std::string::npos || text.size() > 4000)
    return 0;
  const auto own = decode_keyset(encode_keyset({text, "7"}, scope), 2, scope);
  fuzz::require(own && own->front() == text, "a text that PostgreSQL can hold is a key");
  return 0;
}
