// Accounts on a real PostgreSQL, straight and through PgBouncer: the store, and the use cases over it.
#include "tests/support/accounts_database_rig.hpp"

namespace salesflow::accounts {
namespace {

class AccountsDatabase : public AccountsDatabaseRig {};

TEST_P(AccountsDatabase, SignupMakesUserOrganisationAndOwnerAndTheTokensWork) {
  const auto tokens = sign_up("Anna@Example.org");
  const auto me = run_task(context_, accounts_.read_me(fresh(&tokens)));
  ASSERT_TRUE(me) << me.error().log_detail;
  EXPECT_EQ(me->email, "anna@example.org");
  EXPECT_EQ(me->full_name, "Anna Muster");
  EXPECT_EQ(me->role, "user");
  EXPECT_EQ(request_.identity.role, OrgRole::owner);
  const auto organization = run_task(context_, members_.read_organization(fresh(&tokens)));
  ASSERT_TRUE(organization) << organization.error().log_detail;
  EXPECT_EQ(organization->name, "Anna Muster");
  EXPECT_EQ(organization->role, MemberRole::owner);
  EXPECT_TRUE(text_of("SELECT password_hash FROM users").starts_with("$argon2id$"));
}

TEST_P(AccountsDatabase, SignupOfATakenAddressWritesNothing) {
  sign_up("anna@example.org");
  const auto again =
      run_task(context_, accounts_.signup(fresh(), {"ANNA@example.org", {"other horse"}, {"B"}, {"C"}, {}}, client_));
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().code, Errc::malformed);
  EXPECT_EQ(text_of("SELECT count(*) FROM organizations"), "1");
  EXPECT_TRUE(log_in("anna@example.org"));
}

TEST_P(AccountsDatabase, LoginKnowsThePasswordAndNotesTheTime) {
  const auto signed_up = sign_up("anna@example.org");
  const auto tokens = log_in("ANNA@EXAMPLE.ORG");
  ASSERT_TRUE(tokens) << tokens.error().log_detail;
  EXPECT_EQ(tokens->user.id, signed_up.user.id);
  EXPECT_NE(tokens->refresh_token, signed_up.refresh_token);
  EXPECT_EQ(text_of("SELECT last_login > now() - interval '1 minute' FROM users"), "t");
  EXPECT_EQ(log_in("anna@example.org", "wrong horse").error().code, Errc::unauthenticated);
  EXPECT_EQ(log_in("nobody@example.org").error().code, Errc::unauthenticated);
  database_.run("UPDATE users SET is_active = false");
  EXPECT_EQ(log_in("anna@example.org").error().code, Errc::malformed);
}

TEST_P(AccountsDatabase, LoginRenewsAnOldHash) {
  sign_up("anna@example.org");
  security::PasswordSettings old = cheap_passwords;
  old.passes = 3;
  database_.run("UPDATE users SET password_hash = $1", {*security::hash_password(old, "correct horse")});
  ASSERT_TRUE(log_in("anna@example.org"));
  EXPECT_TRUE(text_of("SELECT password_hash FROM users").starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_TRUE(log_in("anna@example.org"));
}

TEST_P(AccountsDatabase, TooManyAttemptsOnAnAccountAreRefusedUntilTheWindowEnds) {
  sign_up("anna@example.org");
  for (int i = 0; i < settings_.attempts_account_max; ++i)
    EXPECT_EQ(log_in("anna@example.org", "wrong").error().code, Errc::unauthenticated);
  const auto refused = log_in("anna@example.org");
  ASSERT_TRUE(refused.has_error()) << "also with the right password: a guess is a guess";
  EXPECT_EQ(refused.error().code, Errc::rate_limited);
  EXPECT_GT(refused.error().retry_after_s, 0);
  EXPECT_LE(refused.error().retry_after_s, settings_.attempts_window.count());
  sign_up("bob@example.org");
  EXPECT_TRUE(log_in("bob@example.org")) << "others are not concerned";
  database_.run("UPDATE salesflow.login_attempts SET window_ends_at = now() - interval '1 second'");
  EXPECT_TRUE(log_in("anna@example.org"));
}

TEST_P(AccountsDatabase, ALoginThatSucceedsForgetsTheAccountsFailures) {
  sign_up("anna@example.org");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < settings_.attempts_account_max - 1; ++i)
      EXPECT_EQ(log_in("anna@example.org", "wrong").error().code, Errc::unauthenticated);
    EXPECT_TRUE(log_in("anna@example.org"));
  }
}

TEST_P(AccountsDatabase, TooManyAttemptsFromAnAddressAreRefusedForAllAccounts) {
  settings_.attempts_address_max = 5;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(log_in("user" + std::to_string(i) + "@example.org").error().code, Errc::unauthenticated);
  EXPECT_EQ(log_in("another@example.org").error().code, Errc::rate_limited);
  client_.address = "192.0.2.2";
  EXPECT_EQ(log_in("another@example.org").error().code, Errc::unauthenticated);
}

TEST_P(AccountsDatabase, ResetsAreCountedApartFromLogins) {
  sign_up("anna@example.org");
  for (int i = 0; i < settings_.attempts_account_max; ++i)
    request_reset("anna@example.org");
  EXPECT_EQ(run_task(context_, accounts_.request_reset(fresh(), {"anna@example.org"}, client_)).error().code,
            Errc::rate_limited);
  EXPECT_TRUE(log_in("anna@example.org")) << "nobody locks an account by asking for resets";
}

TEST_P(AccountsDatabase, RefreshTokensRotate) {
  auto tokens = sign_up("anna@example.org");
  for (int i = 0; i < 3; ++i) {
    const auto next = refresh(tokens.refresh_token);
    ASSERT_TRUE(next) << next.error().log_detail;
    EXPECT_NE(next->refresh_token, tokens.refresh_token);
    EXPECT_EQ(next->user.email, "anna@example.org");
    const auto identity = verifier_.authenticate(next->access_token);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->role, OrgRole::owner);
    tokens = *next;
  }
  EXPECT_EQ(refresh("no such token").error().code, Errc::unauthenticated);
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.sessions"), "1");
}

TEST_P(AccountsDatabase, TwoTabsThatRefreshAtOnceGetTheSameSuccessor) {
  const auto tokens = sign_up("anna@example.org");
  const auto first = refresh(tokens.refresh_token), second = refresh(tokens.refresh_token);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->refresh_token, second->refresh_token);
  EXPECT_TRUE(refresh(second->refresh_token)) << "and it works";
  EXPECT_TRUE(is_accepted_elsewhere(first->access_token));
}

TEST_P(AccountsDatabase, ARefreshTokenUsedAgainAfterTheGraceEndsTheWholeFamilyEverywhere) {
  const auto stolen = sign_up("anna@example.org");
  const auto other_session = log_in("anna@example.org");
  const auto current = refresh(stolen.refresh_token);
  ASSERT_TRUE(current);
  database_.run(
      "UPDATE salesflow.refresh_tokens SET used_at = used_at - interval '19 seconds' WHERE used_at IS NOT NULL");
  EXPECT_TRUE(refresh(stolen.refresh_token)) << "within 20 s it is a second tab";
  database_.run(
      "UPDATE salesflow.refresh_tokens SET used_at = used_at - interval '2 seconds' WHERE used_at IS NOT NULL");
  EXPECT_EQ(refresh(stolen.refresh_token).error().code, Errc::unauthenticated);
  EXPECT_EQ(refresh(current->refresh_token).error().code, Errc::unauthenticated) << "the thief's and the owner's alike";
  EXPECT_FALSE(verifier_.authenticate(current->access_token)) << "on this node at once";
  EXPECT_FALSE(is_accepted_elsewhere(current->access_token)) << "on others after a poll";
  EXPECT_TRUE(is_accepted_elsewhere(other_session->access_token)) << "other logins of the user live on";
}

TEST_P(AccountsDatabase, AnExpiredRefreshTokenIsRefused) {
  const auto tokens = sign_up("anna@example.org");
  database_.run("UPDATE salesflow.refresh_tokens SET expires_at = now()");
  EXPECT_EQ(refresh(tokens.refresh_token).error().code, Errc::unauthenticated);
}

TEST_P(AccountsDatabase, LogoutEndsTheSessionOnEveryNode) {
  const auto tokens = sign_up("anna@example.org");
  EXPECT_TRUE(is_accepted_elsewhere(tokens.access_token));
  ASSERT_TRUE(run_task(context_, accounts_.logout(fresh(), tokens.access_token, "")));
  EXPECT_FALSE(verifier_.authenticate(tokens.access_token));
  EXPECT_FALSE(is_accepted_elsewhere(tokens.access_token));
  EXPECT_EQ(refresh(tokens.refresh_token).error().code, Errc::unauthenticated);

  const auto again = log_in("anna@example.org");
  ASSERT_TRUE(run_task(context_, accounts_.logout(fresh(), "", again->refresh_token)));
  EXPECT_FALSE(is_accepted_elsewhere(again->access_token));
}

TEST_P(AccountsDatabase, AResetLinkSetsThePasswordOnceAndEndsAllSessions) {
  const auto tokens = sign_up("anna@example.org");
  request_reset("Anna@example.org");
  ASSERT_EQ(mails().size(), 1u);
  const std::string token = token_in(mails()[0]);
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.password_reset_tokens WHERE position('" + token +
                    "' in token_hash::text) > 0"),
            "0");
  const auto changed = run_task(context_, accounts_.reset_password(fresh(), {token, {"battery staple"}}, client_));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ(log_in("anna@example.org").error().code, Errc::unauthenticated);
  EXPECT_TRUE(log_in("anna@example.org", "battery staple"));
  EXPECT_FALSE(is_accepted_elsewhere(tokens.access_token));
  EXPECT_EQ(refresh(tokens.refresh_token).error().code, Errc::unauthenticated);
  EXPECT_EQ(run_task(context_, accounts_.reset_password(fresh(), {token, {"third password"}}, client_)).error().code,
            Errc::malformed);
}

TEST_P(AccountsDatabase, AResetLinkDiesAfterItsTimeAndWhenANewerOneIsAskedFor) {
  sign_up("anna@example.org");
  request_reset("anna@example.org");
  const std::string first = token_in(mails().at(0));
  request_reset("anna@example.org");
  EXPECT_EQ(run_task(context_, accounts_.reset_password(fresh(), {first, {"battery staple"}}, client_)).error().code,
            Errc::malformed);
  database_.run("UPDATE salesflow.password_reset_tokens SET expires_at = now()");
  for (const auto& mail : mails()) {
    EXPECT_EQ(run_task(context_, accounts_.reset_password(fresh(), {token_in(mail), {"battery staple"}}, client_))
                  .error()
                  .code,
              Errc::malformed);
  }
  EXPECT_TRUE(log_in("anna@example.org"));
}

TEST_P(AccountsDatabase, AResetForAnUnknownAddressSendsNothing) {
  request_reset("nobody@example.org");
  EXPECT_TRUE(mails().empty());
}

TEST_P(AccountsDatabase, TheProfileChangesFieldByFieldUnderIfMatch) {
  const auto tokens = sign_up("anna@example.org");
  sign_up("bob@example.org");
  UpdateUserBody body;
  body.last_name = {true, Text<0, 100>("Neu")};
  body.company = {true, Text<0, 200>("ACME")};
  auto changed = run_task(context_, accounts_.update_me(fresh(&tokens), body, std::vector<std::int64_t>{1}));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ(changed->first_name, "Anna");
  EXPECT_EQ(changed->full_name, "Anna Neu");
  EXPECT_EQ(changed->name, "Anna Neu");
  EXPECT_EQ(changed->company, "ACME");
  EXPECT_EQ(changed->row_version, 2);
  EXPECT_EQ(run_task(context_, accounts_.update_me(fresh(&tokens), body, std::vector<std::int64_t>{1})).error().code,
            Errc::precondition_failed);
  body = {};
  body.first_name = body.last_name = {true, std::nullopt};
  body.company = {true, Text<0, 200>("")};
  changed = run_task(context_, accounts_.update_me(fresh(&tokens), body, {}));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ(changed->company, std::nullopt);
  EXPECT_EQ(changed->full_name, std::nullopt);
  EXPECT_EQ(changed->name, "anna") << "a name is never empty";
  EXPECT_EQ(text_of("SELECT string_agg(coalesce(full_name, '-'), ',' ORDER BY email) FROM users"), "-,Anna Muster")
      << "nobody else's row";
}

TEST_P(AccountsDatabase, NoRoleOfTheServiceReadsPasswordHashes) {
  sign_up("anna@example.org");
  EXPECT_ANY_THROW(database_.run_as(Login::app, "SELECT password_hash FROM users"));
  EXPECT_ANY_THROW(database_.run_as(Login::app, "SELECT salesflow.find_login('anna@example.org')"));
  EXPECT_ANY_THROW(database_.run_as(Login::app, "SELECT * FROM salesflow.sessions"));
  EXPECT_ANY_THROW(database_.run_as(
      Login::app, "INSERT INTO org_members (org_id, user_id, role) SELECT org_id, user_id, 'owner' FROM org_members"));
  EXPECT_ANY_THROW(database_.run_as(Login::auth, "SELECT password_hash FROM users"));
  EXPECT_ANY_THROW(database_.run_as(Login::auth, "SELECT * FROM salesflow.refresh_tokens"));
}

TEST_P(AccountsDatabase, PurgingDeletesOnlyWhatHasExpired) {
  sign_up("anna@example.org");
  const auto kept = log_in("anna@example.org");
  database_.run("UPDATE salesflow.sessions SET expires_at = now() - interval '2 days' WHERE id <> $1",
                {verifier_.authenticate(kept->access_token)->session_id.to_string()});
  const jobs::Job job = purge_job(*store_);
  const auto deleted = run_task(context_, job.run_once(fresh()));
  ASSERT_TRUE(deleted) << deleted.error().log_detail;
  EXPECT_EQ(deleted->rows, 1);
  EXPECT_TRUE(deleted->more) << "until nothing is left";
  EXPECT_FALSE(run_task(context_, job.run_once(fresh()))->more);
  EXPECT_TRUE(refresh(kept->refresh_token));
}

INSTANTIATE_TEST_SUITE_P(Modes, AccountsDatabase, testing::Values(PoolMode::direct, PoolMode::pooled), name_of);

}  // namespace
}  // namespace salesflow::accounts
