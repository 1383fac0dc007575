#include "platform/security/passwords.hpp"

#include <argon2.h>

#include <charconv>

#include "platform/security/bcrypt.hpp"
#include "platform/security/crypto.hpp"

namespace salesflow::security {
namespace {

constexpr std::size_t salt_bytes = 16, hash_bytes = 32;
constexpr std::uint32_t memory_kib_min = 64;  // argon2 needs 8 for each of lanes_max
constexpr std::uint32_t memory_kib_max = 1 << 20, passes_max = 16, lanes_max = 8;

struct Cost {
  std::uint32_t memory_kib = 0, passes = 0, lanes = 0;
  friend bool operator==(const Cost&, const Cost&) = default;
};

bool eat(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool eat_number(std::string_view& text, std::uint32_t& value, std::uint32_t max) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value == 0 || value > max)
    return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// What a stored hash costs to check; nullopt when it is no argon2id hash or would cost more than any setting allows.
std::optional<Cost> cost_of(std::string_view stored) {
  Cost cost;
  const bool is_known = eat(stored, "$argon2id$v=19$m=") && eat_number(stored, cost.memory_kib, memory_kib_max) &&
                        eat(stored, ",t=") && eat_number(stored, cost.passes, passes_max) && eat(stored, ",p=") &&
                        eat_number(stored, cost.lanes, lanes_max) && stored.starts_with('$');
  return is_known ? std::optional(cost) : std::nullopt;
}

/// What a piece of work owns; one copy, overwritten when the work is done.
struct Secret {
  explicit Secret(std::string given, StoredPassword known = {})
      : password(std::move(given)), stored(std::move(known)) {}
  ~Secret() { wipe(password); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  std::string password;
  StoredPassword stored;
};

Error refuse(int code) {
  Error error = fail(Errc::unavailable, "Passwords cannot be checked now; try again", {}, argon2_error_message(code));
  error.retry_after_s = 1;
  return error;
}

}  // namespace

PasswordSettings PasswordSettings::read(ConfigReader& config) {
  PasswordSettings settings;
  const auto number = [&](const char* name, std::int64_t value, std::int64_t min, std::int64_t max, const char* text) {
    return static_cast<std::uint32_t>(config.integer(name, value, min, max, text));
  };
  settings.memory_kib = number("SALESFLOW_PASSWORD_MEMORY_KIB", settings.memory_kib, memory_kib_min, memory_kib_max,
                               "Memory of one argon2id hash, KiB.");
  settings.passes =
      number("SALESFLOW_PASSWORD_PASSES", settings.passes, 1, passes_max, "Passes of argon2id over its memory.");
  settings.lanes = number("SALESFLOW_PASSWORD_LANES", settings.lanes, 1, lanes_max, "Parallel lanes of argon2id.");
  settings.threads =
      static_cast<int>(number("SALESFLOW_PASSWORD_THREADS", 1, 1, 2, "Threads that hash and check passwords."));
  settings.queue_max = static_cast<int>(
      number("SALESFLOW_PASSWORD_QUEUE", 32, 1, 1024, "Passwords that may wait for a thread; more answer 503."));
  settings.bcrypt_cost_max = static_cast<int>(
      number("SALESFLOW_PASSWORD_BCRYPT_COST_MAX", 14, 4, 16,
             "Found bcrypt hashes of a higher cost match nothing; each step doubles the time of a login."));
  return settings;
}

Result<std::string> hash_password(const PasswordSettings& settings, const std::string& password) {
  const std::string salt = random_bytes(salt_bytes);
  const std::size_t length =
      argon2_encodedlen(settings.passes, settings.memory_kib, settings.lanes, salt_bytes, hash_bytes, Argon2_id);
  std::string encoded(length, '\0');
  const int code = argon2id_hash_encoded(settings.passes, settings.memory_kib, settings.lanes, password.data(),
                                         password.size(), salt.data(), salt.size(), hash_bytes, encoded.data(), length);
  if (code != ARGON2_OK)
    return refuse(code);
  encoded.resize(encoded.find('\0'));
  return encoded;
}

namespace {

/// One argon2id hash's work: a check of `stored`, or a hash that is thrown away when it is none of ours.
Result<PasswordCheck> check_argon2id(const PasswordSettings& settings, const std::string& password,
                                     const std::string& stored) {
  const auto cost = cost_of(stored);
  if (!cost) {
    if (const auto same_work = hash_password(settings, password); !same_work)
      return same_work.error();
    return PasswordCheck{};
  }
  const int code = argon2id_verify(stored.c_str(), password.data(), password.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
    return refuse(code);
  PasswordCheck check;
  check.matches = code == ARGON2_OK;
  check.needs_rehash = check.matches && *cost != Cost{settings.memory_kib, settings.passes, settings.lanes};
  return check;
}

/// One bcrypt hash's work, of the usual cost: a check of each that is given, and what is missing burnt.
PasswordCheck check_bcrypt(const PasswordSettings& settings, const std::string& password,
                           const std::vector<const std::string*>& candidates, int usual_cost) {
  PasswordCheck check;
  std::optional<int> cheapest;
  for (const std::string* stored : candidates) {
    const auto cost = bcrypt_cost_of(*stored);
    if (!cost || *cost > settings.bcrypt_cost_max || check.matches)
      continue;
    cheapest = std::min(cheapest.value_or(*cost), *cost);
    check.matches = bcrypt_matches(password, *stored);
  }
  if (!cheapest && usual_cost >= bcrypt_cost_min)
    bcrypt_burn(password, usual_cost);
  // 2^c + 2^c + 2^(c+1) + … + 2^(u-1) = 2^u: a cheaper hash takes as long as the usual one.
  for (int cost = cheapest.value_or(usual_cost); cost < usual_cost; ++cost)
    bcrypt_burn(password, cost);
  check.needs_rehash = check.matches && password.size() <= bcrypt_password_bytes_max;
  return check;
}

}  // namespace

Result<PasswordCheck> check_password(const PasswordSettings& settings, const std::string& password,
                                     const StoredPassword& stored) {
  std::vector<const std::string*> candidates;
  if (!stored.hash.empty()) {
    candidates.push_back(&stored.hash);
  } else {
    for (const std::string& found : stored.found)
      candidates.push_back(&found);
  }
  // An argon2id hash may be a found one as well.
  static const std::string none;
  const std::string* argon2id = &none;
  std::erase_if(candidates, [&](const std::string* candidate) {
    const bool is_first = cost_of(*candidate) && argon2id == &none;
    if (is_first)
      argon2id = candidate;
    return is_first;
  });
  auto check = check_argon2id(settings, password, *argon2id);
  if (!check)
    return check;
  const auto found =
      check_bcrypt(settings, password, candidates, std::min(stored.bcrypt_cost, settings.bcrypt_cost_max));
  return check->matches ? *check : found;
}

Task<Result<std::string>> PasswordHasher::hash(asio::io_context& context, std::string password) {
  const auto secret = std::make_shared<Secret>(std::move(password));
  std::function<Result<std::string>()> work = [settings = settings_, secret] {
    return hash_password(settings, secret->password);
  };
  co_return co_await pool_.run<std::string>(context, std::move(work));
}

Task<Result<PasswordCheck>> PasswordHasher::check(asio::io_context& context, std::string password,
                                                  StoredPassword stored) {
  const auto secret = std::make_shared<Secret>(std::move(password), std::move(stored));
  std::function<Result<PasswordCheck>()> work = [settings = settings_, secret] {
    return check_password(settings, secret->password, secret->stored);
  };
  co_return co_await pool_.run<PasswordCheck>(context, std::move(work));
}

Task<Result<std::string>> PasswordHasher::hash_bcrypt(asio::io_context& context, std::string password, int cost) {
  const auto secret = std::make_shared<Secret>(std::move(password));
  std::function<Result<std::string>()> work = [secret, cost] { return bcrypt_hash(secret->password, cost); };
  co_return co_await pool_.run<std::string>(context, std::move(work));
}

}  // namespace salesflow::security
