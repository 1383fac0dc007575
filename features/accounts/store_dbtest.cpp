// Accounts on a real PostgreSQL, straight and through PgBouncer: the store, and the use cases over it.
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
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using salesflow::test::Login;
using salesflow::test::run_task;

constexpr security::PasswordSettings cheap{.memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 8};

class AccountsDatabase : public testing::TestWithParam<PoolMode> {
 protected:
  AccountsDatabase() : spool_(std::filesystem::temp_directory_path() / ("salesflow-mail-" + random_hex(8))) {}
  ~AccountsDatabase() override {
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
    settings.acquire_timeout = 10s;
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
    request_.deadline = std::chrono::steady_clock::now() + 30s;
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
  security::PasswordHasher passwords_{cheap};
  SpoolMailer mailer_{{spool_, "SalesFlow <no-reply@example.org>"}};
  SharedServices shared_{settings_, keys_, revoked_, passwords_, mailer_};
  security::TokenVerifier verifier_{keys_, revoked_};
  Accounts accounts_{context_, *store_, shared_};
  Members members_{context_, *store_, shared_};
  Client client_{"192.0.2.1", "curl/8"};
  RequestContext request_;
};

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
  security::PasswordSettings old = cheap;
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

TEST_P(AccountsDatabase, AnOwnerAddsAnExistingUserWhoCanThenPickTheOrganisation) {
  const auto anna = sign_up("anna@example.org"), bob = sign_up("bob@example.org");
  const auto added = add_member(anna, "BOB@example.org", MemberRole::admin);
  ASSERT_TRUE(added) << added.error().log_detail;
  EXPECT_FALSE(added->invited);
  EXPECT_EQ(added->member.user_id, bob.user.id);
  EXPECT_EQ(added->member.role, MemberRole::admin);
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(add_member(anna, "bob@example.org", MemberRole::member).error().code, Errc::conflict);

  const Uuid org = verifier_.authenticate(anna.access_token)->org_id;
  const auto organizations = run_task(context_, members_.list_organizations(fresh(&bob)));
  ASSERT_TRUE(organizations) << organizations.error().log_detail;
  ASSERT_EQ(organizations->organizations.size(), 2u);
  EXPECT_EQ(organizations->organizations[1].id, org);
  EXPECT_NE(verifier_.authenticate(log_in("bob@example.org")->access_token)->org_id, org);
  const auto in_org = log_in("bob@example.org", "correct horse", org);
  ASSERT_TRUE(in_org) << in_org.error().log_detail;
  EXPECT_EQ(verifier_.authenticate(in_org->access_token)->role, OrgRole::admin);
  EXPECT_EQ(verifier_.authenticate(refresh(in_org->refresh_token)->access_token)->org_id, org)
      << "a refresh stays in it";
  EXPECT_EQ(log_in("bob@example.org", "correct horse", Uuid::v7()).error().code, Errc::forbidden);
}

TEST_P(AccountsDatabase, AnUnknownAddressIsInvitedAndSetsItsPasswordByTheLink) {
  const auto anna = sign_up("anna@example.org");
  const auto added = add_member(anna, "new@example.org", MemberRole::member);
  ASSERT_TRUE(added) << added.error().log_detail;
  EXPECT_TRUE(added->invited);
  EXPECT_EQ(log_in("new@example.org", "!").error().code, Errc::unauthenticated) << "nobody logs in before";
  ASSERT_EQ(mails().size(), 1u);
  const std::string first_link = token_in(mails()[0]);
  ASSERT_TRUE(add_member(anna, "new@example.org", MemberRole::member)->invited) << "asked again, a new link is sent";
  EXPECT_EQ(
      run_task(context_, accounts_.reset_password(fresh(), {first_link, {"battery staple"}}, client_)).error().code,
      Errc::malformed);
  for (const auto& mail : mails()) {
    if (token_in(mail) == first_link)
      continue;
    ASSERT_TRUE(run_task(context_, accounts_.reset_password(fresh(), {token_in(mail), {"battery staple"}}, client_)));
  }
  const auto tokens = log_in("new@example.org", "battery staple");
  ASSERT_TRUE(tokens);
  EXPECT_EQ(verifier_.authenticate(tokens->access_token)->org_id, verifier_.authenticate(anna.access_token)->org_id);
}

TEST_P(AccountsDatabase, TheLastOwnerNeitherLeavesNorStepsDown) {
  const auto anna = sign_up("anna@example.org");
  sign_up("bob@example.org");
  EXPECT_EQ(run_task(context_, members_.remove_member(fresh(&anna), anna.user.id)).error().code, Errc::conflict);
  EXPECT_EQ(run_task(context_, members_.change_role(fresh(&anna), anna.user.id, MemberRole::member)).error().code,
            Errc::conflict);
  const auto bob = add_member(anna, "bob@example.org", MemberRole::owner);
  ASSERT_TRUE(bob);
  EXPECT_TRUE(run_task(context_, members_.change_role(fresh(&anna), anna.user.id, MemberRole::member)));
  EXPECT_EQ(run_task(context_, members_.remove_member(fresh(&anna), bob->member.user_id)).error().code, Errc::forbidden)
      << "what counts is the membership of now, not the role in the token";
}

TEST_P(AccountsDatabase, AnAdminManagesAllButOwners) {
  const auto anna = sign_up("anna@example.org");
  sign_up("bob@example.org");
  const auto carl = sign_up("carl@example.org");
  ASSERT_TRUE(add_member(anna, "bob@example.org", MemberRole::admin));
  const Uuid org = verifier_.authenticate(anna.access_token)->org_id;
  const auto bob = log_in("bob@example.org", "correct horse", org);
  ASSERT_TRUE(add_member(*bob, "carl@example.org", MemberRole::member));
  EXPECT_EQ(add_member(*bob, "dora@example.org", MemberRole::owner).error().code, Errc::forbidden);
  EXPECT_EQ(run_task(context_, members_.change_role(fresh(&*bob), carl.user.id, MemberRole::owner)).error().code,
            Errc::forbidden);
  EXPECT_EQ(run_task(context_, members_.change_role(fresh(&*bob), anna.user.id, MemberRole::member)).error().code,
            Errc::forbidden);
  EXPECT_EQ(run_task(context_, members_.remove_member(fresh(&*bob), anna.user.id)).error().code, Errc::forbidden);
  EXPECT_EQ(run_task(context_, members_.change_role(fresh(&*bob), carl.user.id, MemberRole::admin))->role,
            MemberRole::admin);
  EXPECT_TRUE(run_task(context_, members_.remove_member(fresh(&*bob), carl.user.id)));
  EXPECT_EQ(run_task(context_, members_.remove_member(fresh(&*bob), carl.user.id)).error().code, Errc::not_found);
  EXPECT_EQ(text_of("SELECT count(*) FROM users WHERE email = 'dora@example.org'"), "0");
}

TEST_P(AccountsDatabase, LosingRightsEndsTheSessionsInThatOrganisationOnly) {
  const auto anna = sign_up("anna@example.org"), bob = sign_up("bob@example.org");
  ASSERT_TRUE(add_member(anna, "bob@example.org", MemberRole::admin));
  const Uuid org = verifier_.authenticate(anna.access_token)->org_id;
  auto in_org = log_in("bob@example.org", "correct horse", org);
  ASSERT_TRUE(run_task(context_, members_.change_role(fresh(&anna), bob.user.id, MemberRole::member)));
  EXPECT_FALSE(is_accepted_elsewhere(in_org->access_token));
  EXPECT_TRUE(is_accepted_elsewhere(bob.access_token)) << "the session in his own organisation";
  in_org = log_in("bob@example.org", "correct horse", org);
  ASSERT_TRUE(run_task(context_, members_.change_role(fresh(&anna), bob.user.id, MemberRole::admin)));
  EXPECT_TRUE(is_accepted_elsewhere(in_org->access_token)) << "more rights need no new login";
  ASSERT_TRUE(run_task(context_, members_.remove_member(fresh(&anna), bob.user.id)));
  EXPECT_FALSE(is_accepted_elsewhere(in_org->access_token));
  EXPECT_EQ(refresh(in_org->refresh_token).error().code, Errc::unauthenticated);
}

TEST_P(AccountsDatabase, MembersOfAnotherOrganisationAreNeitherSeenNorTouched) {
  const auto anna = sign_up("anna@example.org"), bob = sign_up("bob@example.org");
  const auto page = run_task(context_, members_.list_members(fresh(&anna), {}));
  ASSERT_TRUE(page) << page.error().log_detail;
  ASSERT_EQ(page->members.size(), 1u);
  EXPECT_EQ(page->members[0].email, "anna@example.org");
  EXPECT_FALSE(page->has_more);
  EXPECT_EQ(run_task(context_, members_.change_role(fresh(&anna), bob.user.id, MemberRole::member)).error().code,
            Errc::not_found);
  EXPECT_EQ(run_task(context_, members_.remove_member(fresh(&anna), bob.user.id)).error().code, Errc::not_found);
  // A token that names an organisation its user does not belong to (any more) changes nothing there.
  fresh(&anna).identity.org_id = verifier_.authenticate(bob.access_token)->org_id;
  EXPECT_EQ(run_task(context_, members_.add_member(request_, {"eve@example.org", MemberRole::member, {}})).error().code,
            Errc::forbidden);
  EXPECT_EQ(text_of("SELECT count(*) FROM org_members"), "2");
}

TEST_P(AccountsDatabase, MembersAreListedPageByPage) {
  const auto anna = sign_up("anna@example.org");
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(add_member(anna, "user" + std::to_string(i) + "@example.org", MemberRole::member));
  std::vector<Uuid> seen;
  MemberQuery query{3, {}};
  for (int pages = 0; pages < 5; ++pages) {
    const auto page = run_task(context_, members_.list_members(fresh(&anna), query));
    ASSERT_TRUE(page) << page.error().log_detail;
    for (const auto& member : page->members)
      seen.push_back(member.user_id);
    if (!page->has_more)
      break;
    query.cursor = page->next_cursor;
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  const auto bob = sign_up("bob@example.org");
  EXPECT_EQ(run_task(context_, members_.list_members(fresh(&bob), query)).error().code, Errc::malformed)
      << "a cursor of another organisation";
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

INSTANTIATE_TEST_SUITE_P(Modes, AccountsDatabase, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& info) { return info.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::accounts
