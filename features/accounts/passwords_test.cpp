// A password that its owner changes, and one that is forgotten.
#include "platform/security/bcrypt.hpp"
#include "tests/support/accounts_rig.hpp"

namespace salesflow::accounts {
namespace {

class ChangePassword : public AccountsRig {
 protected:
  ChangePassword() { request.identity = {anna_id, org_id, session, OrgRole::owner, false}; }
  Result<void> change(std::string current, std::string next) {
    return run_task(
        context, accounts.change_password(request, {std::move(current), {std::move(next)}}, {"192.0.2.1", "curl/8"}));
  }
  const Uuid session = Uuid::v7();
};

TEST_F(ChangePassword, StoresANewHashAndKeepsOnlyThisSession) {
  ASSERT_TRUE(change("correct horse", "better horse"));
  ASSERT_EQ(store.new_hashes.size(), 1u);
  EXPECT_TRUE(security::check_password(cheap, "better horse", {store.new_hashes[0].password_hash, {}, 0})->matches);
  EXPECT_FALSE(store.new_hashes[0].bcrypt) << "nobody else keeps it";
  EXPECT_EQ(store.kept_session, session);
}

TEST_F(ChangePassword, NeedsTheCurrentOneAndCountsTheAttempt) {
  const auto wrong = change("wrong horse", "better horse");
  ASSERT_TRUE(wrong.has_error());
  EXPECT_EQ(wrong.error().code, Errc::malformed);
  EXPECT_EQ(wrong.error().errors.at(0).field, "current_password");
  EXPECT_TRUE(store.new_hashes.empty());
  ASSERT_EQ(store.attempts.size(), 1u);
  EXPECT_EQ(store.attempts[0].first, "change:" + anna_id.to_string());
  store.allowance = {false, 60};
  EXPECT_EQ(change("correct horse", "better horse").error().code, Errc::rate_limited);
}

TEST_F(ChangePassword, IsWrittenAsBcryptTooWhereAnotherServiceKeepsIt) {
  LoginRecord& anna = store.users.at("anna@example.org");
  anna.is_shared = true;
  anna.bcrypt_cost = 4;
  ASSERT_TRUE(change("correct horse", "better horse"));
  const auto& hashes = store.new_hashes.at(0);
  ASSERT_TRUE(hashes.bcrypt);
  EXPECT_TRUE(security::bcrypt_matches("better horse", *hashes.bcrypt));
  EXPECT_EQ(security::bcrypt_cost_of(*hashes.bcrypt), security::bcrypt_cost_written_min) << "never a weak one";
  const auto too_long = change("correct horse", std::string(73, 'x'));
  ASSERT_TRUE(too_long.has_error());
  EXPECT_EQ(too_long.error().code, Errc::invalid_argument);
  EXPECT_EQ(too_long.error().errors.at(0).field, "new_password");
  store.change_password_outcome = ChangePasswordOutcome::kept_elsewhere;
  EXPECT_EQ(change("correct horse", "better horse").error().code, Errc::conflict);
}

TEST_F(ChangePassword, RefusesAWeakOrImpossibleOne) {
  for (const std::string& next : {std::string("short"), std::string(1025, 'x'), std::string("with\0zero!", 10)})
    EXPECT_EQ(change("correct horse", next).error().errors.at(0).field, "new_password");
  EXPECT_TRUE(store.attempts.empty());
  request.identity.user_id = Uuid::v7();
  EXPECT_EQ(change("correct horse", "better horse").error().code, Errc::not_found);
}

class ResetPassword : public AccountsRig {};

TEST_F(ResetPassword, AnswersARequestBeforeItLooksAndMailsOnlyExistingAccounts) {
  store.reset_target = ResetTarget{anna_id, "anna@example.org", "Anna"};
  ASSERT_TRUE(run_task(context, accounts.request_reset(request, {"Anna@example.org"}, {})));
  context.restart();
  context.run();
  ASSERT_EQ(mailer.mails.size(), 1u);
  EXPECT_EQ(mailer.mails[0].to, "anna@example.org");
  EXPECT_NE(mailer.mails[0].text.find("http://127.0.0.1:8080/reset-password?token="), std::string::npos);
  store.reset_target.reset();
  ASSERT_TRUE(run_task(context, accounts.request_reset(request, {"bob@example.org"}, {})));
  context.restart();
  context.run();
  EXPECT_EQ(mailer.mails.size(), 1u);
  EXPECT_EQ(store.resets_created, 2);
  EXPECT_EQ(accounts.resets_in_flight(), 0);
}

TEST_F(ResetPassword, KeepsABoundedNumberOfRequestsInFlight) {
  settings.resets_in_flight_max = 2;
  int admitted = 0, refused = 0;
  const auto all = [&]() -> Task<int> {
    for (int i = 0; i < 5; ++i) {
      RequestResetBody body{"anna@example.org"};  // named: g++ 12 frees temporaries inside co_await twice
      Client client;
      const auto answer = co_await accounts.request_reset(request, std::move(body), std::move(client));
      answer ? ++admitted : ++refused;
    }
    co_return 0;
  };
  run_task(context, all());
  EXPECT_GE(admitted, 2);
  context.restart();
  context.run();
  EXPECT_EQ(accounts.resets_in_flight(), 0);
  EXPECT_EQ(admitted + refused, 5);
}

TEST_F(ResetPassword, HashesTheNewOneAndTellsNoMoreThanThatALinkIsDead) {
  ASSERT_TRUE(run_task(context, accounts.reset_password(request, {"token", {"longenough"}}, {})));
  EXPECT_TRUE(security::check_password(cheap, "longenough", {store.new_hashes.at(0).password_hash, {}, 0})->matches);
  for (const auto outcome : {ResetOutcome::unknown, ResetOutcome::used, ResetOutcome::expired}) {
    store.reset_outcome = outcome;
    EXPECT_EQ(run_task(context, accounts.reset_password(request, {"token", {"longenough"}}, {})).error().code,
              Errc::malformed);
  }
  EXPECT_EQ(run_task(context, accounts.reset_password(request, {"token", {"short"}}, {})).error().code,
            Errc::invalid_argument);
}

}  // namespace
}  // namespace salesflow::accounts
