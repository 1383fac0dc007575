// Members of an organisation on a real PostgreSQL: who may add, change and remove whom, and what they lose with it.
#include "tests/support/accounts_database_rig.hpp"

namespace salesflow::accounts {
namespace {

class MembersDatabase : public AccountsDatabaseRig {};

TEST_P(MembersDatabase, AnOwnerAddsAnExistingUserWhoCanThenPickTheOrganisation) {
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

TEST_P(MembersDatabase, AnUnknownAddressIsInvitedAndSetsItsPasswordByTheLink) {
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

TEST_P(MembersDatabase, TheLastOwnerNeitherLeavesNorStepsDown) {
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

TEST_P(MembersDatabase, AnAdminManagesAllButOwners) {
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

TEST_P(MembersDatabase, LosingRightsEndsTheSessionsInThatOrganisationOnly) {
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

TEST_P(MembersDatabase, MembersOfAnotherOrganisationAreNeitherSeenNorTouched) {
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

TEST_P(MembersDatabase, MembersAreListedPageByPage) {
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

INSTANTIATE_TEST_SUITE_P(Modes, MembersDatabase, testing::Values(PoolMode::direct, PoolMode::pooled), name_of);

}  // namespace
}  // namespace salesflow::accounts
