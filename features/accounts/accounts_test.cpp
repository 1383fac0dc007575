#include "features/accounts/accounts.hpp"

#include <gtest/gtest.h>

#include "platform/security/bcrypt.hpp"
#include "tests/support/accounts_rig.hpp"

namespace salesflow::accounts {
namespace {

class AccountsTest : public AccountsRig {};

TEST_F(AccountsTest, LoginAnswersTokensThatNameUserOrganisationAndSession) {
  const auto tokens = login("  Anna@Example.ORG ", "correct horse");
  ASSERT_TRUE(tokens) << tokens.error().public_detail;
  EXPECT_EQ(tokens->token_type, "bearer");
  EXPECT_EQ(tokens->expires_in, 1800);
  EXPECT_EQ(tokens->refresh_token.size(), 43u);
  EXPECT_EQ(tokens->user.email, "anna@example.org");
  const auto identity = identity_of(tokens->access_token);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->user_id, anna_id);
  EXPECT_EQ(identity->org_id, org_id);
  EXPECT_EQ(identity->role, OrgRole::owner);
  EXPECT_FALSE(identity->superadmin);
  ASSERT_EQ(store.sessions.size(), 1u);
  EXPECT_EQ(identity->session_id, store.sessions[0].session_id);
  EXPECT_EQ(store.sessions[0].refresh_hash, hash_token(tokens->refresh_token)) << "only the hash is stored";
}

TEST_F(AccountsTest, AnInternationalAddressIsTheAccountsInEitherForm) {
  auto anna = store.users.extract("anna@example.org");
  anna.key() = "anna@xn--bcher-kva.example";
  store.users.insert(std::move(anna));
  for (const char* typed : {"anna@b\u00FCcher.example", "Anna@B\u00DCCHER.example", "anna@xn--bcher-kva.example",
                            "mailto:anna@b\u00FCcher.example"})
    EXPECT_TRUE(login(typed, "correct horse")) << typed;
  EXPECT_FALSE(login("anna@buecher.example", "correct horse"));
}

TEST_F(AccountsTest, LoginGivesSuperadminByTheUsersRoleOnly) {
  store.users.at("anna@example.org").role = "superadmin";
  EXPECT_TRUE(identity_of(login("anna@example.org", "correct horse")->access_token)->superadmin);
}

TEST_F(AccountsTest, LoginRefusesUnknownAddressesAndWrongPasswordsInTheSameWords) {
  const auto wrong = login("anna@example.org", "wrong horse"), unknown = login("bob@example.org", "correct horse"),
             no_address = login("not an address", "correct horse"),
             huge = login("anna@example.org", std::string(5000, 'x')), empty = login("anna@example.org", "");
  for (const auto* answer : {&wrong, &unknown, &no_address, &huge, &empty}) {
    ASSERT_TRUE(answer->has_error());
    EXPECT_EQ(answer->error().code, Errc::unauthenticated);
    EXPECT_EQ(answer->error().public_detail, wrong.error().public_detail);
  }
  EXPECT_EQ(store.attempts.size(), 5u) << "each attempt is counted";
  EXPECT_TRUE(store.sessions.empty());
}

TEST_F(AccountsTest, LoginSaysThatAnAccountIsOffOnlyToWhoKnowsThePassword) {
  store.users.at("anna@example.org").is_active = false;
  EXPECT_EQ(login("anna@example.org", "wrong horse").error().code, Errc::unauthenticated);
  EXPECT_EQ(login("anna@example.org", "correct horse").error().code, Errc::malformed) << "400, as the contract says";
}

TEST_F(AccountsTest, LoginChecksNoPasswordPastTheLimit) {
  store.allowance = {false, 77};
  const auto answer = login("anna@example.org", "correct horse");
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().code, Errc::rate_limited);
  EXPECT_EQ(answer.error().retry_after_s, 77);
  EXPECT_TRUE(store.sessions.empty());
}

TEST_F(AccountsTest, LoginPicksAnOrganisationOnlyForItsMembers) {
  const Uuid other = Uuid::v7(), foreign = Uuid::v7();
  store.memberships[other] = MemberRole::member;
  const auto identity = identity_of(login("anna@example.org", "correct horse", other)->access_token);
  EXPECT_EQ(identity->org_id, other);
  EXPECT_EQ(identity->role, OrgRole::member);
  EXPECT_EQ(login("anna@example.org", "correct horse", foreign).error().code, Errc::forbidden);
}

TEST_F(AccountsTest, LoginAcceptsAFoundHashAndMakesOursOfIt) {
  LoginRecord& anna = store.users.at("anna@example.org");
  anna.password_hash.reset();
  anna.found_hash = "!";
  anna.auth_hash = *security::bcrypt_hash("correct horse", 4);
  anna.is_shared = true;
  anna.bcrypt_cost = 4;
  EXPECT_EQ(login("anna@example.org", "wrong horse").error().code, Errc::unauthenticated);
  EXPECT_TRUE(store.stored_hashes.empty());
  ASSERT_TRUE(login("anna@example.org", "correct horse"));
  ASSERT_EQ(store.stored_hashes.size(), 1u);
  EXPECT_TRUE(store.stored_hashes[0].starts_with("$argon2id$"));
}

TEST_F(AccountsTest, LoginAsksForAConfirmedAddressOnlyWhoKnowsThePassword) {
  LoginRecord& anna = store.users.at("anna@example.org");
  anna.needs_confirmation = true;
  EXPECT_EQ(login("anna@example.org", "wrong horse").error().code, Errc::unauthenticated);
  EXPECT_EQ(login("anna@example.org", "correct horse").error().code, Errc::malformed);
  EXPECT_TRUE(store.sessions.empty());
}

TEST_F(AccountsTest, LoginMakesAProfileForWhoHasNone) {
  store.users.at("anna@example.org").has_profile = false;
  store.profile_outcome = ProfileOutcome::address_taken;
  EXPECT_EQ(login("anna@example.org", "correct horse").error().code, Errc::forbidden);
  store.profile_outcome = ProfileOutcome::created;
  EXPECT_EQ(login("anna@example.org", "wrong horse").error().code, Errc::unauthenticated);
  ASSERT_TRUE(login("anna@example.org", "correct horse"));
  EXPECT_EQ(store.profiles.size(), 2u);
}

TEST_F(AccountsTest, LoginRenewsAHashWithOldParameters) {
  security::PasswordSettings old = cheap;
  old.passes = 2;
  store.users.at("anna@example.org").password_hash = *security::hash_password(old, "correct horse");
  ASSERT_TRUE(login("anna@example.org", "correct horse"));
  ASSERT_EQ(store.stored_hashes.size(), 1u);
  EXPECT_TRUE(security::check_password(cheap, "correct horse", {store.stored_hashes[0], {}, 0})->matches);
}

TEST_F(AccountsTest, SignupMakesAnOwnerAndLogsIn) {
  const auto tokens = run_task(
      context,
      accounts.signup(request, {" Bob@Example.org", {"longenough"}, {"Bob"}, {"Müller"}, {}}, {"192.0.2.1", ""}));
  ASSERT_TRUE(tokens) << tokens.error().public_detail;
  ASSERT_EQ(store.new_users.size(), 1u);
  const NewUser& user = store.new_users[0];
  EXPECT_EQ(user.email, "bob@example.org");
  EXPECT_EQ(user.org_name, "Bob Müller");
  EXPECT_TRUE(security::check_password(cheap, "longenough", {user.password_hash, {}, 0})->matches);
  EXPECT_EQ(tokens->user.full_name, "Bob Müller");
  const auto identity = identity_of(tokens->access_token);
  EXPECT_EQ(identity->org_id, user.org_id);
  EXPECT_EQ(identity->role, OrgRole::owner);
}

TEST_F(AccountsTest, SignupCutsTheDisplayNameBetweenCharactersAsTheDatabaseDoes) {
  std::string umlauts;
  for (int i = 0; i < 80; ++i)
    umlauts += "ä";
  const auto tokens =
      run_task(context, accounts.signup(request, {"bob@example.org", {"longenough"}, {umlauts}, {umlauts}, {}}, {}));
  ASSERT_TRUE(tokens);
  EXPECT_EQ(count_code_points(*tokens->user.name), 100u);
  EXPECT_TRUE(is_valid_utf8(*tokens->user.name));
  EXPECT_EQ(*tokens->user.full_name, umlauts + " " + umlauts);
}

TEST_F(AccountsTest, SignupOfATakenAddressIsA400AsInTheContract) {
  const auto answer =
      run_task(context, accounts.signup(request, {"anna@example.org", {"longenough"}, {"A"}, {"B"}, {}}, {}));
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().code, Errc::malformed);
  EXPECT_EQ(answer.error().errors.at(0).field, "email");
}

TEST_F(AccountsTest, SignupRefusesWeakPasswordsAndBadAddressesBeforeTheStoreIsAsked) {
  const auto code_of = [&](std::string email, std::string password) {
    const auto answer =
        run_task(context, accounts.signup(request, {std::move(email), {std::move(password)}, {"A"}, {"B"}, {}}, {}));
    return answer.has_error() ? answer.error().errors.at(0).field : "";
  };
  EXPECT_EQ(code_of("bob@example.org", "1234567"), "password");
  EXPECT_EQ(code_of("bob@example.org", "äöüäöüä"), "password") << "characters, not bytes";
  std::string umlauts;
  for (int i = 0; i < 600; ++i)
    umlauts += "ä";
  EXPECT_EQ(code_of("bob@example.org", umlauts), "password") << "600 characters, but 1200 bytes";
  EXPECT_EQ(code_of("bob", "longenough"), "email");
  EXPECT_TRUE(store.attempts.empty());
}

TEST_F(AccountsTest, RefreshAnswersTheSuccessorThatItStored) {
  store.rotated = {RotationOutcome::rotated, Uuid::v7(), anna_id, org_id, MemberRole::admin, "user",
                   "anna@example.org",       {}};
  const auto tokens = run_task(context, accounts.refresh(request, "presented-token"));
  ASSERT_TRUE(tokens) << tokens.error().public_detail;
  ASSERT_EQ(store.rotations.size(), 1u);
  EXPECT_EQ(store.rotations[0].presented_hash, hash_token("presented-token"));
  EXPECT_EQ(store.rotations[0].successor_hash, hash_token(tokens->refresh_token));
  EXPECT_EQ(tokens->user.id, anna_id);
  const auto identity = identity_of(tokens->access_token);
  EXPECT_EQ(identity->role, OrgRole::admin) << "the role of today, not of the login";
  EXPECT_EQ(identity->session_id, store.rotated.session_id);
}

TEST_F(AccountsTest, RefreshWithinTheGraceAnswersTheSameSuccessorToTheHolderOfTheToken) {
  store.rotated = {RotationOutcome::rotated, Uuid::v7(), anna_id, {}, {}, "user", "anna@example.org", {}};
  const auto first = run_task(context, accounts.refresh(request, "presented-token"));
  ASSERT_TRUE(first);
  store.rotated.outcome = RotationOutcome::replayed;
  store.rotated.successor_sealed = store.rotations[0].successor_sealed;
  const auto second = run_task(context, accounts.refresh(request, "presented-token"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->refresh_token, first->refresh_token);
  EXPECT_EQ(run_task(context, accounts.refresh(request, "other-token")).error().code, Errc::internal)
      << "nobody else can open it";
}

TEST_F(AccountsTest, RefreshOfAReusedTokenEndsTheSessionOnThisNodeAtOnce) {
  const auto tokens = login("anna@example.org", "correct horse");
  ASSERT_TRUE(identity_of(tokens->access_token));
  store.rotated = {RotationOutcome::reused, store.sessions[0].session_id, anna_id, {}, {}, {}, {}, {}};
  EXPECT_EQ(run_task(context, accounts.refresh(request, "stolen-token")).error().code, Errc::unauthenticated);
  EXPECT_FALSE(identity_of(tokens->access_token));
}

TEST_F(AccountsTest, RefreshRefusesWhatCannotBeATokenWithoutAskingTheStore) {
  EXPECT_EQ(run_task(context, accounts.refresh(request, "")).error().code, Errc::unauthenticated);
  EXPECT_EQ(run_task(context, accounts.refresh(request, std::string(5000, 'x'))).error().code, Errc::unauthenticated);
  EXPECT_TRUE(store.rotations.empty());
  for (const auto outcome :
       {RotationOutcome::unknown, RotationOutcome::expired, RotationOutcome::revoked, RotationOutcome::inactive}) {
    store.rotated = {};
    store.rotated.outcome = outcome;
    EXPECT_EQ(run_task(context, accounts.refresh(request, "token")).error().code, Errc::unauthenticated);
  }
}

TEST_F(AccountsTest, LogoutEndsTheSessionOfTheAccessToken) {
  const auto tokens = login("anna@example.org", "correct horse");
  ASSERT_TRUE(run_task(context, accounts.logout(request, tokens->access_token, "")));
  EXPECT_EQ(store.revoked_sessions, std::vector{store.sessions[0].session_id});
  EXPECT_FALSE(identity_of(tokens->access_token));
}

TEST_F(AccountsTest, LogoutTakesTheRefreshTokenWhenTheAccessTokenIsNoGood) {
  const auto tokens = login("anna@example.org", "correct horse");
  store.rotated.session_id = store.sessions[0].session_id;
  ASSERT_TRUE(run_task(context, accounts.logout(request, "expired.or.forged", tokens->refresh_token)));
  EXPECT_EQ(store.revoked_tokens, std::vector<TokenHash>{hash_token(tokens->refresh_token)});
  EXPECT_FALSE(identity_of(tokens->access_token));
  EXPECT_TRUE(run_task(context, accounts.logout(request, "", ""))) << "and without any token it is nothing";
}

TEST_F(AccountsTest, UpdateMeTurnsEmptyTextIntoNothingAndHonoursIfMatch) {
  request.identity.user_id = anna_id;
  UpdateUserBody body;
  body.phone = {true, Text<0, 50>("")};
  body.company = {true, Text<0, 200>("ACME")};
  const auto changed = run_task(context, accounts.update_me(request, body, std::vector<std::int64_t>{3}));
  ASSERT_TRUE(changed);
  EXPECT_TRUE(store.updates.at(0).phone.present);
  EXPECT_FALSE(store.updates.at(0).phone.value);
  EXPECT_EQ(store.updates.at(0).company.value->value, "ACME");
  EXPECT_FALSE(store.updates.at(0).first_name.present);
  EXPECT_EQ(run_task(context, accounts.update_me(request, body, std::vector<std::int64_t>{2})).error().code,
            Errc::precondition_failed);
  request.identity.user_id = Uuid::v7();
  EXPECT_EQ(run_task(context, accounts.update_me(request, body, {})).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context, accounts.read_me(request)).error().code, Errc::not_found);
}

TEST_F(AccountsTest, InvitesAnUnknownAddressByMail) {
  store.added = {AddOutcome::invited, Uuid::v7(), "Bad\r\nSubject: x"};
  const auto added = run_task(context, members.add_member(request, {"New@Example.org", MemberRole::member, {}}));
  ASSERT_TRUE(added);
  EXPECT_TRUE(added->invited);
  ASSERT_EQ(mailer.mails.size(), 1u);
  EXPECT_EQ(mailer.mails[0].to, "new@example.org");
  EXPECT_EQ(mailer.mails[0].text.find('\r'), std::string::npos);
  EXPECT_EQ(store.new_members.at(0).name, "new");
  store.added.outcome = AddOutcome::added;
  EXPECT_FALSE(run_task(context, members.add_member(request, {"new@example.org", MemberRole::member, {}}))->invited);
  EXPECT_EQ(mailer.mails.size(), 1u);
}

TEST_F(AccountsTest, MembershipRefusalsHaveTheirStatus) {
  const auto code_of = [&](ChangeOutcome outcome) {
    store.change_outcome = outcome;
    return run_task(context, members.remove_member(request, anna_id)).error().code;
  };
  EXPECT_EQ(code_of(ChangeOutcome::not_found), Errc::not_found);
  EXPECT_EQ(code_of(ChangeOutcome::forbidden), Errc::forbidden);
  EXPECT_EQ(code_of(ChangeOutcome::last_owner), Errc::conflict);
  store.added.outcome = AddOutcome::already_member;
  EXPECT_EQ(run_task(context, members.add_member(request, {"a@example.org", MemberRole::member, {}})).error().code,
            Errc::conflict);
  store.added.outcome = AddOutcome::blocked;
  EXPECT_EQ(run_task(context, members.add_member(request, {"a@example.org", MemberRole::member, {}})).error().code,
            Errc::conflict);
  store.added.outcome = AddOutcome::forbidden;
  EXPECT_EQ(run_task(context, members.add_member(request, {"a@example.org", MemberRole::owner, {}})).error().code,
            Errc::forbidden);
}

TEST_F(AccountsTest, FaultsOfTheDatabasePassThrough) {
  store.fault = fail(Errc::unavailable, "The database is away");
  EXPECT_EQ(login("anna@example.org", "correct horse").error().code, Errc::unavailable);
  EXPECT_EQ(run_task(context, accounts.refresh(request, "token")).error().code, Errc::unavailable);
  EXPECT_EQ(run_task(context, accounts.read_me(request)).error().code, Errc::unavailable);
}

TEST(AddressKey, CountsAnIpv6NetworkAsOneClient) {
  EXPECT_EQ(address_key("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_key("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_key("2001:db8:1:2:3:4:5:6"), address_key("2001:db8:1:2:ffff::1"));
  EXPECT_NE(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
  EXPECT_EQ(address_key(std::string(500, 'x')).size(), 64u);
}

TEST(AccountsSettingsTest, RefuseAPublicUrlThatIsNone) {
  ConfigReader config([](const std::string& name) {
    return name == "SALESFLOW_PUBLIC_URL" ? std::optional<std::string>("javascript:x") : std::nullopt;
  });
  AccountsSettings::read(config);
  EXPECT_EQ(config.errors().size(), 1u);
}

}  // namespace
}  // namespace salesflow::accounts
