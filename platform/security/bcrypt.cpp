#include "platform/security/bcrypt.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <memory>

#include "platform/security/crypto.hpp"

namespace salesflow::security {
namespace {

constexpr std::size_t hash_characters = 60, setting_characters = 29, salt_bytes = 16;
constexpr std::string_view alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// crypt_r's scratch space is 32 KiB and holds the password: on the heap, and overwritten at the end.
struct Scratch {
  Scratch() : data(std::make_unique<crypt_data>()) {}
  ~Scratch() { OPENSSL_cleanse(data.get(), sizeof(crypt_data)); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::unique_ptr<crypt_data> data;
};

/// Empty when the library refuses the setting.
std::string run_crypt(const std::string& password, const std::string& setting) {
  const Scratch scratch;
  const char* hash = crypt_r(password.c_str(), setting.c_str(), scratch.data.get());
  if (!hash || hash[0] == '*')
    return {};
  return hash;
}

std::string two_digits(int number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::optional<int> bcrypt_cost_of(std::string_view stored) {
  const bool is_known = stored.size() == hash_characters &&
                        (stored.starts_with("$2a$") || stored.starts_with("$2b$") || stored.starts_with("$2y$")) &&
                        is_digit(stored[4]) && is_digit(stored[5]) && stored[6] == '$' &&
                        stored.substr(7).find_first_not_of(alphabet) == std::string_view::npos;
  if (!is_known)
    return std::nullopt;
  const int cost = (stored[4] - '0') * 10 + (stored[5] - '0');
  return cost >= bcrypt_cost_min && cost <= 31 ? std::optional(cost) : std::nullopt;
}

bool bcrypt_matches(const std::string& password, const std::string& stored) {
  // As $2b$: crypt(3) spoils some 8-bit passwords of $2a$ on purpose, which no other library does.
  const std::string made = run_crypt(password, "$2b$" + stored.substr(4));
  // Without the setting: its last character holds two bits of salt, and libraries differ in the four that are spare.
  return made.size() == hash_characters && password.find('\0') == std::string::npos &&
         equal_constant_time(made.substr(setting_characters), stored.substr(setting_characters));
}

Result<std::string> bcrypt_hash(const std::string& password, int cost) {
  const std::string salt = random_bytes(salt_bytes);
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  if (!crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), salt.data(), static_cast<int>(salt.size()), setting,
                        sizeof setting)) {
    return fail(Errc::unavailable, "Passwords cannot be stored now; try again", {}, "crypt_gensalt_rn refused");
  }
  std::string hash = run_crypt(password, setting);
  if (hash.size() != hash_characters)
    return fail(Errc::unavailable, "Passwords cannot be stored now; try again", {}, "crypt_r refused");
  return "$2a$" + hash.substr(4);
}

void bcrypt_burn(const std::string& password, int cost) {
  run_crypt(password, "$2b$" + two_digits(cost) + "$......................");
}

}  // namespace salesflow::security
