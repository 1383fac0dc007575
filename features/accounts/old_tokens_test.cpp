#include "features/accounts/old_tokens.hpp"

#include <gtest/gtest.h>

#include "features/accounts/fake_store.hpp"
#include "platform/security/old_service.hpp"
#include "platform/security/test_issuer.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::accounts {
namespace {

using namespace std::chrono_literals;
using salesflow::test::run_task;
using test::FakeStore;

const Uuid anna_id = *Uuid::parse("0192f3a0-0000-7000-8000-000000000001");
const Uuid org_id = *Uuid::parse("0192f3a0-0000-7000-8000-000000000002");
const std::string secret = "0123456789abcdef0123456789abcdef";

struct NoMailer final : Mailer {
  Task<Result<void>> send(asio::io_context&, Mail) override { co_return Result<void>(); }
};

class OldTokens : public testing::Test {
 protected:
  explicit OldTokens(bool is_shared = true) : keys(token_settings(is_shared)) {
    LoginRecord anna;
    anna.id = anna_id;
    anna.email = "anna@example.org";
    anna.role = "user";
    anna.is_active = true;
    anna.org_id = org_id;
    anna.org_role = MemberRole::owner;
    store.users.emplace(anna.email, anna);
  }
  static security::TokenSettings token_settings(bool is_shared) {
    security::TokenSettings settings;
    settings.secret = secret;
    if (is_shared)
      security::share_with_old_service(settings);
    return settings;
  }
  static std::string old_token(std::chrono::seconds life, const std::string& type = "refresh") {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count();
    return security::test::secret_token(
        secret, R"({"alg":"HS256","typ":"JWT"})",
        R"({"sub":")" + anna_id.to_string() + R"(","email":"anna@example.org","type":")" + type + R"(","iat":)" +
            std::to_string(now) + R"(,"exp":)" + std::to_string(now + life.count()) + "}");
  }
  Result<TokenBody> refresh(std::string token) {
    return run_task(context, accounts.refresh(request, std::move(token)));
  }
  void expect_refused(const std::string& token) {
    const auto answer = refresh(token);
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().code, Errc::unauthenticated);
    EXPECT_TRUE(store.sessions.empty());
  }

  asio::io_context context;
  FakeStore store;
  NoMailer mailer;
  AccountsSettings settings;
  security::TokenKeys keys;
  security::RevokedSessions revoked{std::chrono::seconds(1830)};
  security::PasswordHasher passwords{{.memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 8}};
  SharedServices shared{settings, keys, revoked, passwords, mailer};
  security::TokenVerifier verifier{keys, revoked};
  Accounts accounts{context, store, shared};
  RequestContext request;
};
struct OldTokensUnshared : OldTokens {
  OldTokensUnshared() : OldTokens(false) {}
};

TEST_F(OldTokens, ARefreshTokenOfTheServiceBeforeIsTradedForASessionOfOurs) {
  const std::string token = old_token(24h * 20);
  const auto tokens = refresh(token);
  ASSERT_TRUE(tokens) << tokens.error().public_detail;
  EXPECT_EQ(tokens->user.id, anna_id);
  EXPECT_EQ(tokens->refresh_token.size(), 43u);
  ASSERT_EQ(store.sessions.size(), 1u);
  EXPECT_EQ(store.sessions[0].refresh_hash, hash_token(token)) << "so that it is traded once";
  EXPECT_LE(store.sessions[0].refresh_ttl_s, 24 * 3600 * 20);
  const auto identity = verifier.authenticate(tokens->access_token);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->session_id, store.sessions[0].session_id);
  EXPECT_EQ(identity->org_id, org_id);
}

TEST_F(OldTokens, OneThatWasTradedBeforeOpensNoSecondSession) {
  const std::string token = old_token(24h);
  ASSERT_TRUE(refresh(token));
  for (const auto outcome : {RotationOutcome::reused, RotationOutcome::revoked}) {
    store.rotated.outcome = outcome;
    EXPECT_EQ(refresh(token).error().code, Errc::unauthenticated);
  }
  EXPECT_EQ(store.sessions.size(), 1u);
}

TEST_F(OldTokens, ARefreshTokenIsRefusedForWhoIsSwitchedOffUnconfirmedOrUnknown) {
  LoginRecord& anna = store.users.at("anna@example.org");
  anna.is_active = false;
  expect_refused(old_token(24h));
  anna.is_active = true;
  anna.needs_confirmation = true;
  expect_refused(old_token(24h));
  store.users.clear();
  expect_refused(old_token(24h));
}

TEST_F(OldTokens, ARefreshTokenIsRefusedWhenItIsExpiredForgedOrAnAccessToken) {
  expect_refused(old_token(-1h));
  expect_refused(old_token(-5s));
  expect_refused(old_token(24h, "access"));
  expect_refused(old_token(24h) + "x");
}

TEST_F(OldTokens, ARefreshTokenThatOutlivesOursIsRefusedSinceItWouldOutliveItsSession) {
  expect_refused(old_token(settings.refresh_ttl + 1h));
  EXPECT_TRUE(refresh(old_token(settings.refresh_ttl)));
}

TEST_F(OldTokens, LogoutEndsARefreshTokenOfTheServiceBeforeThatWasNeverTraded) {
  const std::string token = old_token(24h);
  ASSERT_TRUE(run_task(context, accounts.logout(request, "", token)));
  ASSERT_EQ(store.sessions.size(), 1u) << "known, so that it can be revoked";
  EXPECT_EQ(store.revoked_tokens, std::vector<TokenHash>{hash_token(token)});
  EXPECT_TRUE(run_task(context, accounts.logout(request, "", old_token(-1h)))) << "and one that is no good is nothing";
}

TEST_F(OldTokensUnshared, ARefreshTokenOfTheServiceBeforeIsRefusedByDefault) {
  expect_refused(old_token(24h));
  EXPECT_TRUE(store.rotations.empty()) << "not even asked for";
}

}  // namespace
}  // namespace salesflow::accounts
