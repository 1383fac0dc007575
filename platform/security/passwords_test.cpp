#include "platform/security/passwords.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace salesflow::security {
namespace {

// Small enough for a test under sanitizers; the form of the work is the same.
constexpr PasswordSettings cheap{.memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 2};

TEST(Passwords, MatchTheirOwnHashAndNoOther) {
  const std::string hash = *hash_password(cheap, "correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
  EXPECT_TRUE(check_password(cheap, "correct horse", hash)->matches);
  EXPECT_FALSE(check_password(cheap, "correct horsf", hash)->matches);
  EXPECT_FALSE(check_password(cheap, "", hash)->matches);
  EXPECT_NE(hash, *hash_password(cheap, "correct horse")) << "each hash has a salt of its own";
}

TEST(Passwords, CountEveryByteAlsoBehindAZero) {
  const std::string with_zero("abcdefgh\0x", 10), other("abcdefgh\0y", 10);
  const std::string hash = *hash_password(cheap, with_zero);
  EXPECT_TRUE(check_password(cheap, with_zero, hash)->matches);
  EXPECT_FALSE(check_password(cheap, other, hash)->matches);
  EXPECT_TRUE(check_password(cheap, std::string(password_bytes_max, 'x'),
                             *hash_password(cheap, std::string(password_bytes_max, 'x')))
                  ->matches);
}

TEST(Passwords, AskForARehashWhenTheParametersChanged) {
  PasswordSettings dearer = cheap;
  dearer.passes = 2;
  const std::string hash = *hash_password(cheap, "correct horse");
  EXPECT_FALSE(check_password(cheap, "correct horse", hash)->needs_rehash);
  EXPECT_TRUE(check_password(dearer, "correct horse", hash)->needs_rehash);
  EXPECT_FALSE(check_password(dearer, "wrong", hash)->needs_rehash);
}

TEST(Passwords, NeverMatchWhatIsNoHashOfOurs) {
  for (const char* stored :
       {"", "!", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=64,t=1,p=1$", "$argon2id$v=19$m=64,t=0,p=1$x$y", "plain"}) {
    const auto check = check_password(cheap, "plain", stored);
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
      EXPECT_FALSE(check_password(settings, "wrong", stored)->matches);
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
      best = std::min(best, (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec);
    }
    return static_cast<double>(best);
  };
  const double known = cpu_of(hash), unknown = cpu_of("");
  EXPECT_GT(unknown, known / 3);
  EXPECT_LT(unknown, known * 3);
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
    const auto right = co_await hasher.check(context, "correct horse", *hash);
    const auto wrong = co_await hasher.check(context, "wrong horse", *hash);
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
