#include "platform/security/token_verifier.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/security/session_watch.hpp"
#include "platform/security/test_issuer.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::security {
namespace {

using namespace std::chrono_literals;
using namespace test;

TimePoint fake_now{};
TimePoint read_fake_now() {
  return fake_now;
}

class TokenVerifierTest : public testing::Test {
 protected:
  void SetUp() override {
    fake_now = *parse_rfc3339("2026-11-23T10:00:00Z");
    settings.secret = "0123456789abcdef0123456789abcdef";
    folder = std::filesystem::temp_directory_path() / ("salesflow-jwks-" + random_hex(8));
    std::filesystem::create_directory(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string token_of(Uuid session_id, std::chrono::minutes life = 30min) const {
    const AccessClaims claims{Uuid::v7(), "a@example.org", Uuid::v7(),      OrgRole::member, false,
                              session_id, fake_now,        fake_now + life, false,           {}};
    return sign_access_token(settings, Key::from_secret(settings.secret, ""), claims);
  }
  std::string write_keys(const std::string& text) const {
    // As operators should: a new file put in place of the old one.
    const auto path = folder / "keys.json", next = folder / "keys.next";
    std::ofstream(next) << text;
    std::filesystem::rename(next, path);
    return path;
  }
  static std::string supabase(const PrivateKey& key, const std::string& key_id) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(fake_now.time_since_epoch()).count();
    return foreign_token(
        key, R"({"alg":"ES256","kid":")" + key_id + "\"}",
        R"({"iss":"supabase","aud":"authenticated","role":"authenticated","sub":"0192f3a0-0000-7000-8000-000000000001","iat":)" +
            std::to_string(seconds) + R"(,"exp":)" + std::to_string(seconds + 1800) + "}");
  }

  TokenSettings settings;
  std::filesystem::path folder;
  RevokedSessions revoked{1830s};
};

TEST_F(TokenVerifierTest, AnswersTheSameIdentityFromItsCache) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  const std::string token = token_of(Uuid::v7());
  const auto first = verifier.authenticate(token);
  ASSERT_TRUE(first);
  EXPECT_EQ(verifier.cached_tokens(), 1u);
  const auto second = verifier.authenticate(std::string(token));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->user_id, first->user_id);
  EXPECT_EQ(second->org_id, first->org_id);
  EXPECT_EQ(second->session_id, first->session_id);
  EXPECT_EQ(second->role, OrgRole::member);
  EXPECT_EQ(verifier.cached_tokens(), 1u);
}

TEST_F(TokenVerifierTest, ComparesAllBytesOfACachedTokenNotOnlyItsEnd) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  const std::string good = token_of(Uuid::v7()), other = token_of(Uuid::v7());
  ASSERT_TRUE(verifier.authenticate(good));
  // Another payload under the signature that is already known.
  const std::string forged = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
  EXPECT_FALSE(verifier.authenticate(forged));
  EXPECT_TRUE(verifier.authenticate(good));
}

TEST_F(TokenVerifierTest, RefusesACachedTokenOnceItHasExpired) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  const std::string token = token_of(Uuid::v7(), 5min);
  ASSERT_TRUE(verifier.authenticate(token));
  fake_now += 5min + 29s;
  EXPECT_TRUE(verifier.authenticate(token));
  fake_now += 1s;
  EXPECT_FALSE(verifier.authenticate(token));
  EXPECT_FALSE(verifier.authenticate(token));
  EXPECT_EQ(verifier.cached_tokens(), 0u);
}

TEST_F(TokenVerifierTest, RefusesARevokedSessionAtOnceAlsoFromItsCache) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  const Uuid session = Uuid::v7();
  const std::string token = token_of(session), other = token_of(Uuid::v7()), without_session = token_of(Uuid{});
  for (const auto& each : {token, other, without_session})
    ASSERT_TRUE(verifier.authenticate(each));
  revoked.revoke(session, fake_now);
  const auto answer = verifier.authenticate(token);
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().code, Errc::unauthenticated);
  EXPECT_TRUE(verifier.authenticate(other));
  EXPECT_TRUE(verifier.authenticate(without_session));
  TokenVerifier another_thread(keys, revoked, read_fake_now);
  EXPECT_FALSE(another_thread.authenticate(token));
}

TEST_F(TokenVerifierTest, ForgetsTheLeastRecentlyUsedTokenFirst) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now, {.tokens_max = 3});
  std::vector<std::string> tokens;
  for (int i = 0; i < 50; ++i) {
    tokens.push_back(token_of(Uuid::v7()));
    ASSERT_TRUE(verifier.authenticate(tokens.back()));
    ASSERT_TRUE(verifier.authenticate(tokens.front()));
    EXPECT_LE(verifier.cached_tokens(), 3u);
  }
  TokenVerifier small(keys, revoked, read_fake_now, {.tokens_max = 1000, .bytes_max = 2 * tokens[0].size()});
  for (const auto& token : tokens)
    ASSERT_TRUE(small.authenticate(token));
  EXPECT_EQ(small.cached_tokens(), 2u);
}

TEST_F(TokenVerifierTest, DoesNotRememberForgeries) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(verifier.authenticate(token_of(Uuid::v7()) + "x"));
  EXPECT_EQ(verifier.cached_tokens(), 0u);
}

TEST_F(TokenVerifierTest, FollowsTheKeyFileWhenItChanges) {
  const PrivateKey first = make_ec_key(), second = make_ec_key();
  settings.foreign = {{"supabase", {"authenticated"}, {}, write_keys(jwks(ec_jwk(first, "1")))}};
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  const std::string old_token = supabase(first, "1"), new_token = supabase(second, "2");
  EXPECT_TRUE(verifier.authenticate(old_token));
  EXPECT_FALSE(verifier.authenticate(new_token));
  EXPECT_FALSE(keys.reload_if_changed());

  write_keys("half a fi");
  EXPECT_FALSE(keys.reload_if_changed());
  EXPECT_TRUE(verifier.authenticate(old_token)) << "a file that is being written leaves the old keys in force once";

  write_keys(jwks(ec_jwk(second, "2")));
  EXPECT_TRUE(keys.reload_if_changed());
  EXPECT_TRUE(verifier.authenticate(new_token));
  EXPECT_FALSE(verifier.authenticate(old_token)) << "a token that was verified before its key was taken away";
}

TEST_F(TokenVerifierTest, EndsTheTrustInAKeyFileThatIsEmptiedDeletedOrStaysBroken) {
  const PrivateKey key = make_ec_key();
  const std::string good = jwks(ec_jwk(key, "1")), token = supabase(key, "1");
  settings.foreign = {{"supabase", {"authenticated"}, {}, write_keys(good)}};
  for (const char* spoilt : {"", R"({"keys":[]})", "{}", "missing", "half a fi"}) {
    write_keys(good);
    TokenKeys keys(settings);
    TokenVerifier verifier(keys, revoked, read_fake_now);
    EXPECT_TRUE(verifier.authenticate(token));
    if (std::string_view(spoilt) == "missing") {
      std::filesystem::remove(folder / "keys.json");
    } else {
      write_keys(spoilt);
    }
    // The watch looks every five seconds: two looks are within ten.
    const bool at_once = keys.reload_if_changed();
    EXPECT_EQ(at_once, std::string_view(spoilt) != "half a fi") << spoilt;
    keys.reload_if_changed();
    EXPECT_FALSE(verifier.authenticate(token)) << spoilt;
    EXPECT_TRUE(verifier.authenticate(token_of(Uuid::v7()))) << "ours are not concerned";
    write_keys(good);
    EXPECT_TRUE(keys.reload_if_changed());
    EXPECT_TRUE(verifier.authenticate(token)) << spoilt;
  }
}

TEST_F(TokenVerifierTest, DoesNotStartWithAKeyFileThatCannotBeUsed) {
  settings.foreign = {{"supabase", {"authenticated"}, {}, folder / "missing.json"}};
  EXPECT_THROW(TokenKeys{settings}, std::runtime_error);
  settings.foreign[0].jwks_file = write_keys("{}");
  EXPECT_THROW(TokenKeys{settings}, std::runtime_error);
}

TEST_F(TokenVerifierTest, RefusesASessionThatAnotherNodeRevokedAfterOnePoll) {
  TokenKeys keys(settings);
  TokenVerifier verifier(keys, revoked, read_fake_now);
  const Uuid session = Uuid::v7();
  const std::string token = token_of(session);
  ASSERT_TRUE(verifier.authenticate(token));
  int polls = 0;
  SessionWatch::Fetch fetch = [&](TimePoint since) -> Task<Result<std::vector<RevokedSession>>> {
    EXPECT_LT(since, fake_now - 30min);
    switch (++polls) {
      case 1:
        co_return fail(Errc::unavailable, "The database is away");
      case 2:
        co_return std::vector<RevokedSession>{};
      default:
        co_return std::vector<RevokedSession>{{session, fake_now}};
    }
  };
  SessionWatch watch(revoked, keys, fetch, read_fake_now);
  EXPECT_TRUE(salesflow::test::run_task(watch.poll_once()).has_error());
  EXPECT_NE(revoked.polled_at(), fake_now);
  EXPECT_EQ(salesflow::test::run_task(watch.poll_once()).value(), 0U);
  EXPECT_TRUE(verifier.authenticate(token));
  EXPECT_EQ(salesflow::test::run_task(watch.poll_once()).value(), 1U);
  EXPECT_EQ(revoked.polled_at(), fake_now);
  EXPECT_FALSE(verifier.authenticate(token));
}

TEST(RevokedSessionsTest, DropEntriesThatNoTokenCanCarryAnyMore) {
  const TimePoint start = *parse_rfc3339("2026-11-23T10:00:00Z");
  RevokedSessions revoked(1830s);
  const Uuid early = Uuid::v7(), late = Uuid::v7();
  revoked.merge({{early, start - 1s}}, start);
  revoked.merge({{late, start + 1h}}, start + 20min);
  auto reader = revoked.reader();
  EXPECT_TRUE(reader.get().contains(early));
  EXPECT_TRUE(reader.get().contains(late));
  revoked.merge({}, start + 30min);
  EXPECT_TRUE(reader.get().contains(early)) << "tokens of the session may still live";
  revoked.merge({}, start + 45min);
  EXPECT_FALSE(reader.get().contains(early));
  EXPECT_TRUE(reader.get().contains(late));
}

TEST(RevokedSessionsTest, AskAgainForWhatMayHaveBeenCommittedLate) {
  const TimePoint start = *parse_rfc3339("2026-11-23T10:00:00Z");
  RevokedSessions revoked(1830s);
  EXPECT_LE(revoked.poll_since(start), start - 1830s) << "all that can matter at the first poll";
  revoked.merge({{Uuid::v7(), start}}, start);
  EXPECT_EQ(revoked.poll_since(start + 1s), start - RevokedSessions::overlap);
  EXPECT_LE(revoked.poll_since(start + 61s), start - 1830s) << "and once a minute again";
  EXPECT_EQ(revoked.poll_since(start + 62s), start - RevokedSessions::overlap);
}

TEST(RevokedSessionsTest, PublishNothingWhenAPollBringsNothingNew) {
  const TimePoint start = *parse_rfc3339("2026-11-23T10:00:00Z");
  RevokedSessions revoked(1830s);
  const Uuid session = Uuid::v7();
  revoked.merge({{session, start}}, start);
  auto reader = revoked.reader();
  const auto version = reader.version();
  revoked.merge({{session, start}}, start + 1s);
  reader.get();
  EXPECT_EQ(reader.version(), version);
}

}  // namespace
}  // namespace salesflow::security
