#include "features/opportunities/opportunities.hpp"

#include <gtest/gtest.h>

#include "features/opportunities/folder.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::opportunities {
namespace {

using test::run_task;

/// Answers what a test put in and keeps what it was told; what a failed import told it, too, but says so.
class FakeStore final : public Store {
 public:
  std::vector<Member> members;
  bool may_add = true;
  bool is_kept = false;
  std::vector<NewAgent> agents;
  std::vector<NewContact> contacts;
  std::vector<NewDeal> deals;

  Task<Result<void>> as_one(RequestContext&, std::function<Task<Result<void>>()> work) override {
    auto done = co_await work();
    is_kept = done.has_value();
    co_return done;
  }
  Task<Result<RowSet<Member>>> list_members(RequestContext&) override { co_return RowSet<Member>{members, {}}; }
  Task<Result<OneRow<AddedAgent>>> add_agent(RequestContext&, NewAgent agent) override {
    OneRow<AddedAgent> added;
    added.row = AddedAgent{may_add ? "added" : "forbidden", may_add ? std::optional(agent.id) : std::nullopt};
    agents.push_back(std::move(agent));
    co_return added;
  }
  Task<Result<std::int64_t>> add_contacts(RequestContext&, std::string, std::vector<NewContact> added) override {
    contacts = std::move(added);
    co_return static_cast<std::int64_t>(contacts.size());
  }
  Task<Result<std::int64_t>> add_deals(RequestContext&, std::string, std::vector<NewDeal> added) override {
    deals = std::move(added);
    co_return 0;
  }
};

class OpportunityRules : public testing::Test {
 protected:
  OpportunityRules() {
    request_.identity.org_id = Uuid::v7();
    found_.accounts.push_back({"Isdom", "medical", "", "", "", "", "", true});
    found_.agents.push_back({"Moses Frase", "Dustin", "Central", 1});
    Opportunity won;
    won.id = "A1";
    won.agent = "Moses Frase";
    won.product = "GTX Pro";
    won.account = "Isdom";
    won.stage = DealStage::won;
    won.close_date = parse_us_date("3/11/2017");
    won.value_cents = 451405;
    found_.deals.push_back(won);
  }
  Result<Counts> import(Target target = {}) { return run_task(import_folder(store_, request_, found_, target)); }

  FakeStore store_;
  RequestContext request_;
  Folder found_;
};

TEST_F(OpportunityRules, WithoutOrganisationNothingIsTouched) {
  request_.identity.org_id = {};
  EXPECT_EQ(import().error().errors.at(0).field, "org");
  EXPECT_TRUE(store_.agents.empty());
}

TEST_F(OpportunityRules, AnAgentIsTheMemberOfThatNameOrTheOneThatIsNamed) {
  const Uuid moses = Uuid::v7(), other = Uuid::v7();
  store_.members = {{moses, "Moses Frase", "moses@x.at"}, {other, "Somebody", "other@x.at"}};
  EXPECT_EQ(import()->agents_there, 1);
  EXPECT_EQ(store_.deals.at(0).owner_id, moses);
  Target target;
  target.members["Moses Frase"] = "other@x.at";
  EXPECT_EQ(import(target)->agents_there, 1);
  EXPECT_EQ(store_.deals.at(0).owner_id, other);
  target.members["Moses Frase"] = "nobody@x.at";
  EXPECT_EQ(import(target).error().code, Errc::not_found);
  EXPECT_FALSE(store_.is_kept);
  store_.members.push_back({Uuid::v7(), "Moses Frase", "second@x.at"});
  EXPECT_EQ(import().error().code, Errc::invalid_argument);
  EXPECT_TRUE(store_.agents.empty());
}

TEST_F(OpportunityRules, AnUnknownAgentBecomesAMemberWhomNobodyCanBe) {
  EXPECT_EQ(import()->agents_created, 1);
  const NewAgent& agent = store_.agents.at(0);
  EXPECT_EQ(agent.email, "moses.frase@" + request_.identity.org_id.to_string() + ".invalid");
  EXPECT_EQ(agent.id, external_id(request_.identity.org_id, Target{}.source, "agent", "Moses Frase"));
  store_.may_add = false;
  EXPECT_EQ(import().error().code, Errc::forbidden);
  EXPECT_FALSE(store_.is_kept);
}

TEST_F(OpportunityRules, ADealSaysWhatItsRowSaid) {
  const auto counts = import();
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->deals_there, 1) << "the store had it";
  const NewDeal& deal = store_.deals.at(0);
  EXPECT_EQ(deal.title, "GTX Pro for Isdom");
  EXPECT_EQ(deal.value, "4514.05");
  EXPECT_EQ(deal.stage, "won");
  EXPECT_EQ(deal.probability, 100);
  EXPECT_EQ(deal.contact_id, store_.contacts.at(0).id);
  EXPECT_EQ(deal.entered_at, TimePoint(*parse_us_date("3/11/2017")));
  EXPECT_EQ(deal.products, R"([{"name":"GTX Pro","quantity":1}])") << "no price is known";
  EXPECT_EQ(store_.contacts.at(0).status, "customer");
  EXPECT_EQ(store_.contacts.at(0).custom_fields, "{}");
  EXPECT_EQ(external_id(request_.identity.org_id, "s", "deal", "A1").bytes[6] >> 4, 8);
}

}  // namespace
}  // namespace salesflow::opportunities
