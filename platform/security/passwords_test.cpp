#include "platform/security/passwords.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/security/bcrypt.hpp"

namespace salesflow::security {
namespace {

// Small enough for a test under sanitizers; the form of the work is the same.
constexpr PasswordSettings cheap{.memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 2};

TEST(Passwords, MatchTheirOwnHashAndNoOther) {
  const std::string hash = *hash_password(cheap, "correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
  EXPECT_TRUE(check_password(cheap, "correct horse", {hash, {}, 0})->matches);
  EXPECT_FALSE(check_password(cheap, "correct horsf", {hash, {}, 0})->matches);
  EXPECT_FALSE(check_password(cheap, "", {hash, {}, 0})->matches);
  EXPECT_NE(hash, *hash_password(cheap, "correct horse")) << "each hash has a salt of its own";
}

TEST(Passwords, CountEveryByteAlsoBehindAZero) {
  const std::string with_zero("abcdefgh\0x", 10), other("abcdefgh\0y", 10);
  const std::string hash = *hash_password(cheap, with_zero);
  EXPECT_TRUE(check_password(cheap, with_zero, {hash, {}, 0})->matches);
  EXPECT_FALSE(check_password(cheap, other, {hash, {}, 0})->matches);
  EXPECT_TRUE(check_password(cheap, std::string(password_bytes_max, 'x'),
                             {*hash_password(cheap, std::string(password_bytes_max, 'x')), {}, 0})
                  ->matches);
}

TEST(Passwords, AskForARehashWhenTheParametersChanged) {
  PasswordSettings dearer = cheap;
  dearer.passes = 2;
  const std::string hash = *hash_password(cheap, "correct horse");
  EXPECT_FALSE(check_password(cheap, "correct horse", {hash, {}, 0})->needs_rehash);
  EXPECT_TRUE(check_password(dearer, "correct horse", {hash, {}, 0})->needs_rehash);
  EXPECT_FALSE(check_password(dearer, "wrong", {hash, {}, 0})->needs_rehash);
}

TEST(Passwords, NeverMatchWhatIsNoHashOfAnyone) {
  for (const char* stored :
       {"", "!", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=64,t=1,p=1$", "$argon2id$v=19$m=64,t=0,p=1$x$y", "plain"}) {
    const auto check = check_password(cheap, "plain", {stored, {}, 0});
    ASSERT_TRUE(check);
    EXPECT_FALSE(check->matches) << stored;
  }
}

TEST(Passwords, CostTheSameForAnUnknownAccount) {
  // Counted in CPU time of this thread, with enough work to stand out; a missing dummy hash would be a factor of 1000.
  const PasswordSettings settings{.memory_kib = 4096, .passes = 2, .lanes = 1};
  const std::string hash = *hash_password(settings, "correct horse");
  const auto cpu_of = [&](const std::string& stored) {
    std::int64_t best = INT64_MAX;
    for (int round = 0; round < 3; ++round) {
      timespec before{}, after{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
      EXPECT_FALSE(check_password(settings, "wrong", {stored, {}, 0})->matches);
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
      best = std::min(best, (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec);
    }
    return static_cast<double>(best);
  };
  const double known = cpu_of(hash), unknown = cpu_of("");
  EXPECT_GT(unknown, known / 3);
  EXPECT_LT(unknown, known * 3);
}

PasswordCheck check_found(const std::string& password, const std::string& found,
                          const PasswordSettings& settings = cheap) {
  return *check_password(settings, password, {{}, {found}, 4});
}

TEST(FoundPasswords, MatchBcryptHashesOfEveryImplementation) {
  // For passwords without the bytes that one of them got wrong, the kinds differ in their names only.
  const std::string hash = *bcrypt_hash("correct horse", 4);
  for (const char* kind : {"$2a$", "$2b$", "$2y$"}) {
    const std::string found = kind + hash.substr(4);
    const auto right = check_found("correct horse", found);
    EXPECT_TRUE(right.matches) << kind;
    EXPECT_TRUE(right.needs_rehash) << "so that ours is made of it";
    EXPECT_FALSE(check_found("correct horsf", found).matches) << kind;
    EXPECT_FALSE(check_found("", found).matches) << kind;
  }
  // A published test vector of bcrypt.
  EXPECT_TRUE(check_found("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").matches);
}

TEST(FoundPasswords, DoNotMatchMalformedOrBrokenHashes) {
  const std::string hash = *bcrypt_hash("correct horse", 4);
  std::vector<std::string> broken{"",
                                  "!",
                                  "*0",
                                  "$2b$",
                                  "$2x$" + hash.substr(4),
                                  "$2$" + hash.substr(4),
                                  "$2b$03$" + hash.substr(7),
                                  "$2b$99$" + hash.substr(7),
                                  "$2b$4$" + hash.substr(7),
                                  "$2b$-4$" + hash.substr(7),
                                  hash.substr(0, 59),
                                  hash + "x",
                                  hash.substr(0, 29),
                                  "$1$saltsalt$" + hash.substr(12)};
  broken.push_back(hash);
  broken.back()[40] = '!';
  broken.push_back(hash);
  broken.back()[40] = '\0';
  for (const auto& found : broken)
    EXPECT_FALSE(check_found("correct horse", found).matches) << found;
}

TEST(FoundPasswords, OfMoreThan72BytesMatchAsTheOldServiceMatchedThemButAreNotMadeOurs) {
  const std::string long_password(100, 'x'), cut(72, 'x');
  const std::string hash = *bcrypt_hash(cut, 4);
  const auto check = check_found(long_password, hash);
  EXPECT_TRUE(check.matches);
  EXPECT_FALSE(check.needs_rehash) << "bcrypt has not seen the end, so another end would be made the password";
  EXPECT_TRUE(check_found(cut, hash).needs_rehash);
  EXPECT_FALSE(check_found(std::string(71, 'x'), hash).matches);
}

TEST(FoundPasswords, WithANulNeverMatch) {
  const std::string hash = *bcrypt_hash("correct", 4);
  EXPECT_TRUE(check_found("correct", hash).matches);
  EXPECT_FALSE(check_found(std::string("correct\0horse", 13), hash).matches) << "bcrypt would end at the NUL";
}

TEST(FoundPasswords, OfAHigherCostThanAllowedMatchNothing) {
  PasswordSettings strict = cheap;
  strict.bcrypt_cost_max = 5;
  EXPECT_TRUE(check_found("correct horse", *bcrypt_hash("correct horse", 5), strict).matches);
  EXPECT_FALSE(check_found("correct horse", *bcrypt_hash("correct horse", 6), strict).matches);
  // Cost 31 would take a day.
  EXPECT_FALSE(check_found("correct horse", "$2b$31$" + std::string(53, 'a')).matches);
}

TEST(FoundPasswords, EitherOfTwoCountsUntilOursIsThere) {
  const std::string one = *bcrypt_hash("first horse", 4), two = *bcrypt_hash("second horse", 4);
  EXPECT_TRUE(check_password(cheap, "first horse", {{}, {one, two}, 4})->matches);
  EXPECT_TRUE(check_password(cheap, "second horse", {{}, {one, two}, 4})->matches);
  const std::string ours = *hash_password(cheap, "our horse");
  EXPECT_TRUE(check_password(cheap, "our horse", {ours, {one, two}, 4})->matches);
  EXPECT_FALSE(check_password(cheap, "first horse", {ours, {one, two}, 4})->matches);
}

TEST(FoundPasswords, CostTheSameWhateverIsKnownOfAnAccount) {
  // In CPU time of this thread; what is left out would be a factor of 2 or more.
  const std::string usual = *bcrypt_hash("correct horse", 8), cheaper = *bcrypt_hash("correct horse", 5),
                    ours = *hash_password(cheap, "correct horse");
  const auto cpu_of = [&](const StoredPassword& stored) {
    std::int64_t best = INT64_MAX;
    for (int round = 0; round < 3; ++round) {
      timespec before{}, after{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
      EXPECT_FALSE(check_password(cheap, "wrong", stored)->matches);
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
      best = std::min(best, (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec);
    }
    return static_cast<double>(best);
  };
  const double known = cpu_of({{}, {usual}, 8});
  for (const StoredPassword& stored :
       std::vector<StoredPassword>{{{}, {}, 8}, {ours, {usual}, 8}, {{}, {cheaper}, 8}, {{}, {"!"}, 8}}) {
    const double other = cpu_of(stored);
    EXPECT_GT(other, known / 1.6) << stored.hash;
    EXPECT_LT(other, known * 1.6) << stored.hash;
  }
  EXPECT_LT(cpu_of({ours, {}, 0}), known / 4) << "and nothing of it where nothing was found";
}

TEST(PasswordHasherTest, RefusesMoreWorkThanItsQueueHolds) {
  asio::io_context context{1};
  PasswordHasher hasher({.memory_kib = 1024, .passes = 4, .lanes = 1, .threads = 1, .queue_max = 2});
  int done = 0, refused = 0;
  const auto one = [&]() -> Task<void> {
    const auto hash = co_await hasher.hash(context, "correct horse");
    if (hash) {
      ++done;
    } else {
      EXPECT_EQ(hash.error().code, Errc::unavailable);
      EXPECT_GT(hash.error().retry_after_s, 0);
      ++refused;
    }
  };
  for (int i = 0; i < 6; ++i)
    asio::co_spawn(context, one(), asio::detached);
  context.run();
  EXPECT_EQ(done + refused, 6);
  EXPECT_GE(done, 2);
  EXPECT_GE(refused, 1);
}

TEST(PasswordHasherTest, ChecksOnItsOwnThreads) {
  asio::io_context context{1};
  PasswordHasher hasher(cheap);
  bool matched = false, mismatched = false;
  const auto all = [&]() -> Task<void> {
    const auto hash = co_await hasher.hash(context, "correct horse");
    const StoredPassword stored{*hash, {}, 0};
    const auto right = co_await hasher.check(context, "correct horse", stored);
    const auto wrong = co_await hasher.check(context, "wrong horse", stored);
    matched = right->matches;
    mismatched = !wrong->matches;
  };
  asio::co_spawn(context, all(), asio::detached);
  context.run();
  EXPECT_TRUE(matched);
  EXPECT_TRUE(mismatched);
}

TEST(PasswordSettingsTest, DefaultsFollowOwasp) {
  ConfigReader config([](const std::string&) { return std::nullopt; });
  const auto settings = PasswordSettings::read(config);
  EXPECT_TRUE(config.errors().empty());
  EXPECT_EQ(settings.memory_kib, 19456u);
  EXPECT_EQ(settings.passes, 2u);
  EXPECT_EQ(settings.lanes, 1u);
}

}  // namespace
}  // namespace salesflow::security
