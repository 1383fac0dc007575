// Refresh tokens of the service before on a real PostgreSQL: traded once, and revoked like ours.
#include "features/accounts/old_tokens.hpp"

#include <gtest/gtest.h>

#include "platform/postgres/database.hpp"
#include "platform/security/old_service.hpp"
#include "platform/security/test_issuer.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::accounts {
namespace {

using namespace std::chrono_literals;
using salesflow::test::Login;
using salesflow::test::run_task;

constexpr security::PasswordSettings cheap{.memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 8};

struct NoMailer final : Mailer {
  Task<Result<void>> send(asio::io_context&, Mail) override { co_return Result<void>(); }
};

class OldTokensDatabase : public testing::Test {
 protected:
  ~OldTokensDatabase() override {
    const auto drain = [this]() -> Task<bool> {
      co_await auth_db.drain(std::chrono::steady_clock::now() + 2s);
      co_await app_db.drain(std::chrono::steady_clock::now() + 2s);
      co_return true;
    };
    run_task(context, drain());
  }
  postgres::PoolSettings pool(Login login) {
    postgres::PoolSettings made;
    made.conninfo = database.url(login);
    made.acquire_timeout = 10s;
    return made;
  }
  static security::TokenSettings token_settings() {
    security::TokenSettings made;
    made.secret = "0123456789abcdef0123456789abcdef";
    security::share_with_old_service(made);
    return made;
  }
  RequestContext& fresh() {
    request = RequestContext();
    request.deadline = std::chrono::steady_clock::now() + 30s;
    return request;
  }
  /// The user's id.
  std::string sign_up() {
    const SignupBody body{"anna@example.org", {"correct horse"}, {"Anna"}, {"Muster"}, {}};
    const auto tokens = run_task(context, accounts.signup(fresh(), body, {"192.0.2.1", "curl/8"}));
    if (!tokens)
      throw std::runtime_error(tokens.error().public_detail + " " + tokens.error().log_detail);
    database.run("DELETE FROM salesflow.sessions");
    return tokens->user.id.to_string();
  }
  static std::string old_token(const std::string& user_id) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count();
    return security::test::secret_token(token_settings().secret, R"({"alg":"HS256","typ":"JWT"})",
                                        R"({"sub":")" + user_id + R"(","email":"anna@example.org","type":"refresh")" +
                                            R"(,"iat":)" + std::to_string(now) + R"(,"exp":)" +
                                            std::to_string(now + 20 * 86'400) + "}");
  }
  Result<TokenBody> refresh(const std::string& token) { return run_task(context, accounts.refresh(fresh(), token)); }
  Result<void> adopt(const std::string& token) {
    return run_task(context, adopt_old_refresh_token(fresh(), *store, shared, token));
  }
  std::string text_of(const std::string& sql) { return database.run(sql).rows.at(0).at(0).value_or("NULL"); }

  salesflow::test::TestDatabase database;
  asio::io_context context;
  CoarseTimer timer{context};
  postgres::Database auth_db{context, timer, pool(Login::auth)};
  postgres::Database app_db{context, timer, pool(Login::app)};
  std::unique_ptr<Store> store = make_pg_store(auth_db, app_db);
  AccountsSettings settings;
  security::TokenKeys keys{token_settings()};
  security::RevokedSessions revoked{1830s};
  security::PasswordHasher passwords{cheap};
  NoMailer mailer;
  SharedServices shared{settings, keys, revoked, passwords, mailer};
  security::TokenVerifier verifier{keys, revoked};
  Accounts accounts{context, *store, shared};
  RequestContext request;
};

TEST_F(OldTokensDatabase, ARefreshTokenOfTheServiceBeforeIsTradedOnceAndASecondUseEndsTheSession) {
  const std::string token = old_token(sign_up());
  const auto first = refresh(token), second = refresh(token);
  ASSERT_TRUE(first) << first.error().public_detail << first.error().log_detail;
  ASSERT_TRUE(second);
  EXPECT_EQ(first->refresh_token, second->refresh_token) << "two tabs";
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.sessions"), "1");
  const auto next = refresh(first->refresh_token);
  ASSERT_TRUE(next);
  const auto identity = verifier.authenticate(next->access_token);
  ASSERT_TRUE(identity);
  EXPECT_FALSE(identity->org_id.is_nil());

  database.run(
      "UPDATE salesflow.refresh_tokens SET used_at = used_at - interval '21 seconds' WHERE used_at IS NOT NULL");
  EXPECT_EQ(refresh(token).error().code, Errc::unauthenticated);
  EXPECT_EQ(refresh(next->refresh_token).error().code, Errc::unauthenticated) << "the thief's and the owner's alike";
  EXPECT_EQ(refresh(token).error().code, Errc::unauthenticated) << "and it stays so";
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.sessions"), "1");
}

TEST_F(OldTokensDatabase, TwoTabsThatBringItAtOnceMeetAtOneSession) {
  const std::string token = old_token(sign_up());
  ASSERT_TRUE(adopt(token));
  const auto again = adopt(token);
  EXPECT_TRUE(again) << again.error().public_detail << again.error().log_detail;
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.sessions"), "1");
  EXPECT_TRUE(refresh(token));
}

TEST_F(OldTokensDatabase, LogoutAndASwitchedOffAccountEndIt) {
  const std::string user_id = sign_up(), token = old_token(user_id);
  ASSERT_TRUE(run_task(context, accounts.logout(fresh(), "", token)));
  EXPECT_EQ(refresh(token).error().code, Errc::unauthenticated);
  database.run("DELETE FROM salesflow.sessions");
  database.run("UPDATE users SET is_active = false");
  EXPECT_EQ(refresh(token).error().code, Errc::unauthenticated);
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.sessions"), "0");
  database.run("DELETE FROM users");
  EXPECT_EQ(refresh(token).error().code, Errc::unauthenticated) << "of nobody";
}

}  // namespace
}  // namespace salesflow::accounts
