#include "platform/adoption/proposals.hpp"

#include <gtest/gtest.h>

namespace salesflow::adoption {
namespace {

Uuid id(int number) {
  Uuid uuid;
  uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return uuid;
}

Person person(int number, std::string email, std::string company = {}, bool active = true) {
  return {id(number), std::move(email), "Person " + std::to_string(number), std::move(company), "user", active};
}

/// Rows of contacts: the group's organisation, or its person's.
RowGroup contacts(std::optional<Uuid> org_id, std::optional<Uuid> of, std::int64_t rows) {
  return {"contacts", org_id, of, std::nullopt, of, false, rows};
}

OrganizationPlan plan(const Facts& facts, std::string_view by, const std::string& name = {}) {
  return propose(facts, parse_by(by).value(), name).value();
}

std::vector<std::string> members_of(const Proposal& proposal) {
  std::vector<std::string> members;
  for (const auto& [person, role, rows] : proposal.members)
    members.push_back(role + " " + person.email);
  return members;
}

std::int64_t rows_without(const OrganizationPlan& plan, std::string_view reason) {
  std::int64_t rows = 0;
  for (const auto& assignment : plan.assignments)
    rows += !assignment.org_id && assignment.reason == reason ? assignment.rows : 0;
  return rows;
}

using Members = std::vector<std::string>;

TEST(OrganizationProposals, EveryOrgIdOfRowsBecomesAnOrganisationOfTheirPeople) {
  Facts facts;
  facts.people = {person(1, "anna@a.at", "Muster GmbH"), person(2, "ben@b.at", "muster gmbh"), person(3, "eva@c.at")};
  facts.groups = {contacts(id(90), id(1), 5), contacts(id(90), id(2), 2), contacts(id(91), id(77), 1)};
  const auto found = propose(facts, {By::org_id}, "", true).value();
  ASSERT_EQ(found.proposals.size(), 2u);
  EXPECT_EQ(found.proposals[0].org_id, id(90));
  EXPECT_EQ(found.proposals[0].name, "Muster GmbH") << "most of its people say so";
  EXPECT_EQ(members_of(found.proposals[0]), (Members{"owner anna@a.at", "member ben@b.at"}));
  EXPECT_EQ(found.proposals[1].org_id, id(91)) << "rows of users who are gone have an organisation, too";
  EXPECT_TRUE(found.proposals[1].members.empty());
  ASSERT_EQ(found.without.size(), 1u);
  EXPECT_EQ(found.without[0].email, "eva@c.at");
}

TEST(OrganizationProposals, AnOrgIdThatIsAUsersIdBelongsToThatUser) {
  Facts facts;
  facts.people = {person(1, "anna@a.at"), person(2, "ben@b.at")};
  facts.groups = {contacts(id(2), id(1), 5)};
  EXPECT_EQ(members_of(propose(facts, {By::org_id}, "", true).value().proposals.at(0)),
            (Members{"owner ben@b.at", "member anna@a.at"}));
  const auto found = plan(facts, "org-id");
  EXPECT_EQ(members_of(found.proposals.at(0)), Members{"owner ben@b.at"});
  ASSERT_EQ(found.unproven.size(), 1u);
  EXPECT_EQ(found.unproven[0].person.email, "anna@a.at");
}

/// Anybody may have written rows with another's org_id while the old service did not look.
TEST(OrganizationProposals, RowsOfOnesOwnMakingLetNobodyIn) {
  Facts facts;
  facts.people = {person(9, "mallory@evil.at"), person(1, "anna@firma.at"), person(2, "ben@firma.at"),
                  person(3, "eva@gmail.com"), person(4, "new@firma.at")};
  facts.groups = {contacts(id(90), id(1), 3), contacts(id(90), id(2), 2), contacts(id(90), id(9), 900),
                  contacts(id(90), id(3), 1)};
  const auto found = plan(facts, "org-id,personal");
  EXPECT_EQ(members_of(found.proposals.at(0)), (Members{"owner anna@firma.at", "member ben@firma.at"}))
      << "colleagues vouch for each other; volume and age do not";
  ASSERT_EQ(found.unproven.size(), 2u);
  EXPECT_EQ(found.unproven[0].person.email, "mallory@evil.at");
  EXPECT_EQ(found.unproven[0].rows, 900);
  EXPECT_TRUE(found.without.empty()) << "they work in an organisation of their own";
}

TEST(OrganizationProposals, TwoStrangersDoNotOutvoteAnOrganisation) {
  Facts facts;
  facts.people = {person(8, "one@evil.at"), person(9, "two@evil.at"), person(1, "anna@gmail.com"),
                  person(2, "ben@gmx.at"), person(3, "eva@web.de")};
  facts.groups = {contacts(id(90), id(1), 9), contacts(id(90), id(2), 3), contacts(id(90), id(3), 2),
                  contacts(id(90), id(8), 1), contacts(id(90), id(9), 1)};
  EXPECT_EQ(members_of(plan(facts, "org-id").proposals.at(0)), Members{"owner anna@gmail.com"});
}

TEST(OrganizationProposals, WhereNobodySharesADomainMostRowsSpeakForOne) {
  Facts facts;
  facts.people = {person(1, "anna@gmail.com"), person(2, "ben@gmx.at")};
  facts.groups = {contacts(id(90), id(1), 2), contacts(id(90), id(2), 7), contacts(id(91), std::nullopt, 8),
                  contacts(id(91), id(1), 7)};
  const auto found = plan(facts, "org-id");
  EXPECT_TRUE(found.proposals.at(0).members.empty()) << "most of its rows are nobody's";
  EXPECT_EQ(members_of(found.proposals.at(1)), Members{"owner ben@gmx.at"});
  EXPECT_EQ(found.unproven.size(), 2u);
  facts.memberships = {{id(1), id(90), "owner"}};
  facts.organizations = {{id(90), "Its owner is known"}};
  EXPECT_EQ(plan(facts, "org-id").proposals.size(), 1u) << "an organisation with people of its own decides itself";
}

TEST(OrganizationProposals, ColleaguesShareADomainAndFreeMailIsNone) {
  Facts facts;
  facts.people = {person(1, "anna@Firma.at"), person(2, "ben@firma.at", "Firma OG"), person(3, "eva@gmail.com"),
                  person(4, "max@gmx.at"), person(5, "off@firma.at", {}, false)};
  const auto found = plan(facts, "domain");
  ASSERT_EQ(found.proposals.size(), 1u);
  EXPECT_EQ(found.proposals[0].key, "firma.at");
  EXPECT_EQ(found.proposals[0].name, "Firma OG");
  EXPECT_EQ(members_of(found.proposals[0]), (Members{"owner anna@Firma.at", "member ben@firma.at"}));
  EXPECT_EQ(found.without.size(), 3u);
  for (const char* free :
       {"x@yahoo.co.uk", "x@web.de", "x@proton.me", "x@t-online.de", "x@hotmail.fr", "x", "@a.at", "x@local"})
    EXPECT_EQ(company_domain(free), "") << free;
  EXPECT_EQ(company_domain("x@mail.firma.co.at"), "mail.firma.co.at");
}

TEST(OrganizationProposals, LaterWaysServeThoseStillWithout) {
  Facts facts;
  facts.people = {person(1, "anna@a.at"), person(2, "ben@firma.at"), person(3, "eva@gmail.com")};
  facts.groups = {contacts(id(90), id(1), 5)};
  const auto found = plan(facts, "org-id,domain,personal");
  ASSERT_EQ(found.proposals.size(), 3u);
  EXPECT_EQ(found.proposals[1].by, By::domain);
  EXPECT_EQ(found.proposals[2].by, By::personal);
  EXPECT_EQ(members_of(found.proposals[2]), (Members{"owner eva@gmail.com"}));
  EXPECT_TRUE(found.without.empty());
}

TEST(OrganizationProposals, OneForAllNeedsAName) {
  Facts facts;
  facts.people = {person(1, "anna@a.at"), person(2, "ben@b.at")};
  const auto unnamed = propose(facts, {By::single});
  ASSERT_TRUE(unnamed.has_error());
  EXPECT_EQ(unnamed.error().errors.front().field, "name");
  const auto found = plan(facts, "single", "Alle");
  ASSERT_EQ(found.proposals.size(), 1u);
  EXPECT_EQ(found.proposals[0].name, "Alle");
  EXPECT_EQ(members_of(found.proposals[0]), (Members{"owner anna@a.at", "member ben@b.at"}));
}

TEST(OrganizationProposals, ASecondRunFindsNothingToDo) {
  Facts facts;
  facts.people = {person(1, "anna@a.at"), person(2, "ben@firma.at"), person(3, "eva@gmail.com")};
  facts.groups = {contacts(id(90), id(1), 5)};
  const auto first = plan(facts, "org-id,domain,personal");
  for (const auto& proposal : first.proposals) {
    facts.organizations[proposal.org_id] = proposal.name;
    facts.adopted[{proposal.by == By::org_id ? "org_id" : std::string(to_string(proposal.by)), proposal.key}] =
        proposal.org_id;
    for (const auto& [person, role, rows] : proposal.members)
      facts.memberships.push_back({person.id, proposal.org_id, role});
  }
  EXPECT_TRUE(plan(facts, "org-id,domain,personal").proposals.empty());
  // A colleague who came later joins the organisation that stands for the domain, and does not own it.
  facts.people.push_back(person(4, "new@firma.at"));
  const auto later = plan(facts, "domain");
  ASSERT_EQ(later.proposals.size(), 1u);
  EXPECT_TRUE(later.proposals[0].exists);
  EXPECT_EQ(later.proposals[0].org_id, first.proposals[1].org_id);
  EXPECT_EQ(members_of(later.proposals[0]), (Members{"member new@firma.at"}));
}

TEST(OrganizationProposals, RowsFollowWhatTheyAreAboutAndElseTheirPersonsOnlyOrganisation) {
  Facts facts;
  facts.people = {person(1, "anna@a.at"), person(2, "ben@b.at"), person(3, "eva@c.at")};
  facts.organizations = {{id(90), "A"}, {id(91), "B"}};
  facts.memberships = {{id(1), id(90), "owner"}, {id(2), id(90), "member"}, {id(2), id(91), "owner"}};
  facts.groups = {
      contacts(id(90), id(1), 1),
      contacts(std::nullopt, id(1), 2),
      contacts(std::nullopt, id(2), 4),
      contacts(std::nullopt, id(3), 8),
      contacts(std::nullopt, id(77), 16),
      contacts(std::nullopt, std::nullopt, 32),
      contacts(id(99), id(1), 64),
      {"deals", std::nullopt, id(2), id(91), std::nullopt, false, 128},
      {"deals", std::nullopt, id(1), std::nullopt, std::nullopt, true, 256},
      {"deals", std::nullopt, id(1), id(91), std::nullopt, false, 512},
      {"tasks", std::nullopt, std::nullopt, id(90), std::nullopt, false, 1024},
  };
  const auto found = plan(facts, "domain");
  EXPECT_EQ(found.rows_to_assign(), 2 + 128 + 8) << "eva gets an organisation by her domain";
  EXPECT_EQ(rows_without(found, "its user has several organisations"), 4);
  EXPECT_EQ(rows_without(found, "its user does not exist"), 16);
  EXPECT_EQ(rows_without(found, "it has no user"), 32);
  EXPECT_EQ(rows_without(found, "its org_id is no organisation"), 64);
  EXPECT_EQ(rows_without(found, "the contact or deal it belongs to does not exist, or two disagree"), 256);
  EXPECT_EQ(rows_without(found, "its user does not belong to the organisation of what it is about"), 512 + 1024)
      << "whoever can write a row may name any contact: that alone opens no organisation";
  EXPECT_EQ(rows_without(plan(facts, "personal,single", "Rest"), "its user has no organisation"), 0);
}

TEST(OrganizationProposals, UnknownWaysAreNamed) {
  EXPECT_EQ(parse_by("org-id,domain").value(), (std::vector<By>{By::org_id, By::domain}));
  for (const char* wrong : {"", "email", "org-id,", "org_id"}) {
    const auto parsed = parse_by(wrong);
    ASSERT_TRUE(parsed.has_error()) << wrong;
    EXPECT_EQ(parsed.error().errors.front().field, "by");
  }
}

}  // namespace
}  // namespace salesflow::adoption
