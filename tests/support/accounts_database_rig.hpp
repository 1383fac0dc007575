// Accounts on a real PostgreSQL, straight and through PgBouncer: the base of their tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/accounts/accounts.hpp"
#include "features/accounts/jobs.hpp"
#include "features/accounts/members.hpp"
#include "platform/postgres/database.hpp"
#include "platform/security/session_watch.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::accounts {

using namespace std::chrono_literals;
using postgres::PoolMode;
using salesflow::test::Login;
using salesflow::test::run_task;

inline constexpr security::PasswordSettings cheap_passwords{
    .memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 8};

class AccountsDatabaseRig : public testing::TestWithParam<PoolMode> {
 protected:
  AccountsDatabaseRig() : spool_(std::filesystem::temp_directory_path() / ("salesflow-mail-" + random_hex(8))) {}
  ~AccountsDatabaseRig() override {
    const auto drain = [this]() -> Task<bool> {
      co_await auth_db_.drain(std::chrono::steady_clock::now() + 2s);
      co_await app_db_.drain(std::chrono::steady_clock::now() + 2s);
      co_return true;
    };
    run_task(context_, drain());
    std::filesystem::remove_all(spool_);
  }

  postgres::PoolSettings pool(Login login) {
    postgres::PoolSettings settings;
    settings.conninfo = GetParam() == PoolMode::direct ? database_.url(login) : database_.pooled_url(login);
    settings.mode = GetParam();
    settings.acquire_timeout = 60s;
    return settings;
  }
  static security::TokenSettings token_settings() {
    security::TokenSettings settings;
    settings.secret = "0123456789abcdef0123456789abcdef";
    return settings;
  }

  /// A fresh request, as nobody or as the bearer of tokens.
  RequestContext& fresh(const TokenBody* tokens = nullptr) {
    request_ = RequestContext();
    request_.deadline = std::chrono::steady_clock::now() + 120s;
    if (tokens) {
      const auto identity = verifier_.authenticate(tokens->access_token);
      if (!identity)
        throw std::runtime_error("the tokens of a test are refused");
      request_.identity = *identity;
    }
    return request_;
  }
  TokenBody sign_up(const std::string& email) {
    auto tokens =
        run_task(context_, accounts_.signup(fresh(), {email, {"correct horse"}, {"Anna"}, {"Muster"}, {}}, client_));
    if (!tokens)
      throw std::runtime_error(tokens.error().public_detail + " " + tokens.error().log_detail);
    return *tokens;
  }
  Result<TokenBody> log_in(const std::string& email, const std::string& password = "correct horse",
                           std::optional<Uuid> org = {}) {
    return run_task(context_, accounts_.login(fresh(), {email, password, org}, client_));
  }
  Result<TokenBody> refresh(const std::string& token) { return run_task(context_, accounts_.refresh(fresh(), token)); }
  /// What another node would say of a token after one poll.
  bool is_accepted_elsewhere(const std::string& access_token) {
    security::RevokedSessions revoked(1830s);
    security::SessionWatch watch(revoked, keys_, revocation_source(*store_));
    if (!run_task(context_, watch.poll_once()))
      throw std::runtime_error("the poll failed");
    security::TokenVerifier verifier(keys_, revoked);
    return verifier.authenticate(access_token).has_value();
  }
  std::vector<std::string> mails() const {
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(spool_)) {
      if (entry.path().extension() != ".eml")
        continue;
      std::ifstream stream(entry.path());
      texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    return texts;
  }
  static std::string token_in(const std::string& mail) {
    const auto at = mail.find("token=") + 6;
    return mail.substr(at, mail.find_first_of("\r\n", at) - at);
  }
  /// Asks for a reset and runs until its background work is done.
  void request_reset(const std::string& email) {
    ASSERT_TRUE(run_task(context_, accounts_.request_reset(fresh(), {email}, client_)));
    ASSERT_TRUE(salesflow::test::wait_until([&] {
      context_.restart();
      context_.poll();
      return accounts_.resets_in_flight() == 0;
    }));
  }
  Result<AddedMember> add_member(const TokenBody& by, const std::string& email, MemberRole role) {
    return run_task(context_, members_.add_member(fresh(&by), {email, role, {}}));
  }
  std::string text_of(const std::string& sql) { return database_.run(sql).rows.at(0).at(0).value_or("NULL"); }

  salesflow::test::TestDatabase database_;
  std::filesystem::path spool_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database auth_db_{context_, timer_, pool(Login::auth)};
  postgres::Database app_db_{context_, timer_, pool(Login::app)};
  std::unique_ptr<Store> store_ = make_pg_store(auth_db_, app_db_);
  AccountsSettings settings_;
  security::TokenKeys keys_{token_settings()};
  security::RevokedSessions revoked_{1830s};
  security::PasswordHasher passwords_{cheap_passwords};
  SpoolMailer mailer_{{spool_, "SalesFlow <no-reply@example.org>"}};
  SharedServices shared_{settings_, keys_, revoked_, passwords_, mailer_};
  security::TokenVerifier verifier_{keys_, revoked_};
  Accounts accounts_{context_, *store_, shared_};
  Members members_{context_, *store_, shared_};
  Client client_{"192.0.2.1", "curl/8"};
  RequestContext request_;
};

inline std::string name_of(const testing::TestParamInfo<PoolMode>& mode) {
  return mode.param == PoolMode::direct ? "direct" : "pooled";
}

}  // namespace salesflow::accounts
