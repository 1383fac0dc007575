#include "platform/cache/tag.hpp"

#include <xxhash.h>

#include <cstring>
#include <random>

#include "platform/core/mutant.hpp"

namespace salesflow::cache {

std::uint64_t Tag::hash() const noexcept {
  const std::uint64_t seed =
      XXH3_64bits_withSeed(owner.bytes.data(), owner.bytes.size(), static_cast<unsigned char>(scope));
  return XXH3_64bits_withSeed(table.data(), table.size(), seed);
}

std::string Tag::key(std::string_view prefix) const {
  std::string key;
  key.reserve(prefix.size() + table.size() + 48);
  key += prefix;
  key += ":t:{";
  key += scope;
  if (scope != 'g') {
    key += ':';
    key.resize(key.size() + 36);
    owner.write_to(key.data() + key.size() - 36);
  }
  key += "}:";
  key += table;
  return key;
}

Tag tag_of(const Place& place, const Identity& identity) noexcept {
  Tag tag{place.table, place.scope, {}};
  if (place.scope == 'u')
    tag.owner = identity.user_id;
  else if (place.scope == 'o')
    tag.owner = identity.org_id;
  return tag;
}

Token Token::make(std::uint64_t xid) {
  thread_local std::mt19937_64 random{[] {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }()};
  if (is_mutant("highest_xid_token") && xid != 0)
    return {xid & 0xFFFFFFFF, xid};
  std::uint64_t value = 0;
  while (value == 0)
    value = random();
  return {xid & 0xFFFFFFFF, value};
}

std::string Token::bytes() const {
  std::string out(16, '\0');
  std::memcpy(out.data(), &xid, 8);
  std::memcpy(out.data() + 8, &random, 8);
  return out;
}

Token Token::of(std::string_view bytes) noexcept {
  Token token;
  if (bytes.size() != 16)
    return token;
  std::memcpy(&token.xid, bytes.data(), 8);
  std::memcpy(&token.random, bytes.data() + 8, 8);
  return token;
}

}  // namespace salesflow::cache
