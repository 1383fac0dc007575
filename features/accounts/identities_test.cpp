#include "features/accounts/identities.hpp"

#include <gtest/gtest.h>

#include "features/accounts/fake_store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::accounts {
namespace {

using namespace std::chrono_literals;
using salesflow::test::run_task;
using test::FakeStore;

const Uuid anna = *Uuid::parse("0192f3a0-0000-7000-8000-000000000001");
const Uuid her_org = *Uuid::parse("0192f3a0-0000-7000-8000-000000000002");
const Uuid other_org = *Uuid::parse("0192f3a0-0000-7000-8000-000000000003");

class IdentitiesTest : public testing::Test {
 protected:
  IdentitiesTest() { store.identities[anna] = {true, true, her_org, MemberRole::admin}; }

  Identities::Options options() {
    Identities::Options made;
    made.memberships_version = &version;
    made.now = [this] { return now; };
    return made;
  }
  static VerifiedIdentity foreign(Uuid user_id = anna, Uuid org_id = {}) {
    return {{user_id, org_id, {}, OrgRole::owner, true}, Standing::foreign};
  }
  Result<Identity> settle(Identities& identities, VerifiedIdentity claimed) {
    return run_task(context, identities.settle(request, claimed, [] {
      NewProfile profile;
      profile.email = "anna@example.org";
      return profile;
    }));
  }

  asio::io_context context;
  FakeStore store;
  std::atomic<std::uint64_t> version{0};
  SteadyTime now{};
  RequestContext request;
};

TEST_F(IdentitiesTest, TakeOrganisationAndRoleOfAForeignUserFromTheDatabaseAndNoSuperadmin) {
  Identities identities(store, options());
  const auto who = settle(identities, foreign());
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user_id, anna);
  EXPECT_EQ(who->org_id, her_org);
  EXPECT_EQ(who->role, OrgRole::admin) << "whatever the token said";
  EXPECT_FALSE(who->superadmin);
  EXPECT_TRUE(store.profiles.empty());
}

TEST_F(IdentitiesTest, RefuseAnOrganisationTheUserDoesNotBelongTo) {
  Identities identities(store, options());
  const auto refused = settle(identities, foreign(anna, other_org));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(settle(identities, foreign(anna, her_org))->org_id, her_org);
}

TEST_F(IdentitiesTest, RefuseWhoIsSwitchedOff) {
  store.identities[anna].is_active = false;
  Identities identities(store, options());
  EXPECT_EQ(settle(identities, foreign()).error().code, Errc::forbidden);
}

TEST_F(IdentitiesTest, MakeAProfileForAForeignUserWithoutOneAndNoneForAScriptOfOurs) {
  const Uuid bob = Uuid::v7();
  Identities identities(store, options());
  const auto script = settle(identities, {{bob, {}, {}, OrgRole::none, false}, Standing::unplaced});
  ASSERT_TRUE(script);
  EXPECT_TRUE(script->org_id.is_nil());
  EXPECT_TRUE(store.profiles.empty());
  ASSERT_TRUE(settle(identities, foreign(bob)));
  ASSERT_EQ(store.profiles.size(), 1u);
  EXPECT_EQ(store.profiles[0].user_id, bob);
  EXPECT_EQ(store.profiles[0].email, "anna@example.org");
  for (const auto outcome : {ProfileOutcome::blocked, ProfileOutcome::no_address, ProfileOutcome::address_taken}) {
    store.profile_outcome = outcome;
    const auto refused = settle(identities, foreign(Uuid::v7()));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::forbidden);
  }
}

TEST_F(IdentitiesTest, GiveATokenOfOursWithoutOrganisationTheOneItsUserHasGotSince) {
  Identities identities(store, options());
  const auto who = settle(identities, {{anna, {}, {}, OrgRole::none, true}, Standing::unplaced});
  ASSERT_TRUE(who);
  EXPECT_EQ(who->org_id, her_org);
  EXPECT_TRUE(who->superadmin) << "ours to name";
}

TEST_F(IdentitiesTest, AskAgainAfterASecondOrWhenAMembershipChanges) {
  Identities identities(store, options());
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(settle(identities, foreign()));
  EXPECT_EQ(store.identities_asked, 1);
  store.identities[anna].role = MemberRole::member;
  now += 999ms;
  EXPECT_EQ(settle(identities, foreign())->role, OrgRole::admin) << "remembered";
  now += 1ms;
  EXPECT_EQ(settle(identities, foreign())->role, OrgRole::member);
  EXPECT_EQ(store.identities_asked, 2);
  store.identities[anna].role = MemberRole::owner;
  ++version;
  EXPECT_EQ(settle(identities, foreign())->role, OrgRole::owner) << "this process changed a membership";
  EXPECT_EQ(store.identities_asked, 3);
}

TEST_F(IdentitiesTest, ANewMemberIsOneAtTheNextRequest) {
  const Uuid bob = Uuid::v7();
  store.identities[bob] = {true, true, {}, {}};
  Identities identities(store, options());
  EXPECT_TRUE(settle(identities, foreign(bob))->org_id.is_nil());
  store.identities[bob] = {true, true, her_org, MemberRole::member};  // by another process
  EXPECT_EQ(settle(identities, foreign(bob))->org_id, her_org);
}

TEST_F(IdentitiesTest, RememberNeitherErrorsNorMoreThanTheLimit) {
  auto small = options();
  small.answers_max = 3;
  Identities identities(store, small);
  store.fault = fail(Errc::unavailable, "away");
  EXPECT_EQ(settle(identities, foreign()).error().code, Errc::unavailable);
  EXPECT_EQ(identities.remembered(), 0u);
  store.fault.reset();
  ASSERT_TRUE(settle(identities, foreign()));
  for (int i = 0; i < 20; ++i) {
    const Uuid user = Uuid::v7();
    store.identities[user] = {true, true, her_org, MemberRole::member};
    ASSERT_TRUE(settle(identities, foreign(user)));
    EXPECT_LE(identities.remembered(), 3u);
  }
}

TEST_F(IdentitiesTest, AskForAnOrganisationOnlyWhenThereIsNone) {
  const Uuid bob = Uuid::v7();
  store.identities[bob] = {true, true, {}, {}};
  int asked = 0;
  auto with_provision = options();
  with_provision.provision = [&](RequestContext&, Uuid) -> Task<Result<std::optional<GivenOrganization>>> {
    ++asked;
    co_return std::optional(GivenOrganization{other_org, MemberRole::owner});
  };
  Identities identities(store, with_provision);
  EXPECT_EQ(settle(identities, foreign())->org_id, her_org);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(settle(identities, foreign(bob))->org_id, other_org);
  EXPECT_EQ(settle(identities, foreign(bob))->role, OrgRole::owner);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace salesflow::accounts
