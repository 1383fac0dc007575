// Accounts over a store in memory, with one account: the base of their rules' tests.
#pragma once

#include <gtest/gtest.h>

#include "features/accounts/accounts.hpp"
#include "features/accounts/fake_store.hpp"
#include "features/accounts/members.hpp"
#include "platform/security/crypto.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::accounts {

using salesflow::test::run_task;
using test::FakeStore;

inline constexpr security::PasswordSettings cheap{
    .memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 8};
inline const Uuid anna_id = *Uuid::parse("0192f3a0-0000-7000-8000-000000000001");
inline const Uuid org_id = *Uuid::parse("0192f3a0-0000-7000-8000-000000000002");

struct MemoryMailer final : Mailer {
  std::vector<Mail> mails;
  bool broken = false;
  Task<Result<void>> send(asio::io_context&, Mail mail) override {
    if (broken)
      co_return fail(Errc::unavailable, "no mail now");
    mails.push_back(std::move(mail));
    co_return Result<void>();
  }
};

class AccountsRig : public testing::Test {
 protected:
  AccountsRig() {
    LoginRecord anna;
    anna.id = anna_id;
    anna.email = "anna@example.org";
    anna.role = "user";
    anna.is_active = true;
    anna.password_hash = *security::hash_password(cheap, "correct horse");
    anna.org_id = org_id;
    anna.org_role = MemberRole::owner;
    store.users.emplace(anna.email, anna);
  }
  static security::TokenSettings token_settings() {
    security::TokenSettings settings;
    settings.secret = "0123456789abcdef0123456789abcdef";
    return settings;
  }
  Result<TokenBody> login(std::string username, std::string password, std::optional<Uuid> org = {}) {
    return run_task(context,
                    accounts.login(request, {std::move(username), std::move(password), org}, {"192.0.2.1", "curl/8"}));
  }
  auto identity_of(const std::string& access_token) { return verifier.authenticate(access_token); }

  asio::io_context context;
  test::FakeStore store;
  MemoryMailer mailer;
  AccountsSettings settings;
  security::TokenKeys keys{token_settings()};
  security::RevokedSessions revoked{std::chrono::seconds(1830)};
  security::PasswordHasher passwords{cheap};
  SharedServices shared{settings, keys, revoked, passwords, mailer};
  security::TokenVerifier verifier{keys, revoked};
  Accounts accounts{context, store, shared};
  Members members{context, store, shared};
  RequestContext request;
};

}  // namespace salesflow::accounts
