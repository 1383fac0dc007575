#include "features/leads/leads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "features/leads/json.hpp"
#include "features/leads/store.hpp"
#include "platform/json/write.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::leads {
namespace {

using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Leads of one user, newest first. `total` is what a list counts.
class MemoryStore final : public Store {
 public:
  std::vector<ListedLead> kept;
  std::int64_t total = 0;
  int calls = 0;
  ListPart asked;
  TimePoint due_at;
  std::vector<InteractionRow> said;
  VerificationPosition verified_after;
  std::optional<std::int16_t> verified_min;
  std::vector<PlacedHotLead> hot;  // best first
  std::optional<AnalyticsSource> hot_source;
  std::optional<TimePoint> refreshed_at;
  std::pair<TimePoint, Date> arrivals;

  Uuid add(int second) {
    ListedLead& lead = kept.emplace_back();
    lead.id = Uuid::v7();
    lead.created_at = TimePoint(std::chrono::seconds(second));
    lead.row_version = 1;
    return lead.id;
  }
  const ListedLead* find(const Uuid& id) const {
    const auto found = std::find_if(kept.begin(), kept.end(), [&](const auto& lead) { return lead.id == id; });
    return found == kept.end() ? nullptr : &*found;
  }
  OneRow<LeadRow> row_of(const Uuid& id, std::optional<std::int64_t> row_version = {}) const {
    OneRow<LeadRow> found;
    if (const auto* lead = find(id); lead && (!row_version || *row_version == lead->row_version))
      found.row = *lead;
    return found;
  }

  Task<Result<RowSet<ListedLead>>> list_leads(RequestContext&, ListPart part) override {
    ++calls;
    asked = std::move(part);
    RowSet<ListedLead> rows;
    for (auto lead : kept) {
      lead.total = total;
      if (std::pair(*lead.created_at, lead.id) < std::pair(asked.after.at, asked.after.id))
        rows.rows.push_back(lead);
    }
    std::sort(rows.rows.begin(), rows.rows.end(), [](const auto& a, const auto& b) {
      return std::pair(a.created_at, a.id) > std::pair(b.created_at, b.id);
    });
    rows.rows.resize(std::min(rows.rows.size(), static_cast<std::size_t>(asked.limit_rows)));
    co_return rows;
  }
  Task<Result<RowSet<CountedGroup>>> group_leads(RequestContext&) override { co_return RowSet<CountedGroup>{}; }
  Task<Result<OneRow<LeadRow>>> get_lead(RequestContext&, Uuid lead_id) override { co_return row_of(lead_id); }
  Task<Result<OneRow<CreatedLead>>> create_lead(RequestContext&, Uuid, LeadRecord) override {
    co_return OneRow<CreatedLead>{};
  }
  Task<Result<OneRow<DuplicateLead>>> find_duplicate(RequestContext&, MatchKeys) override {
    ++calls;
    co_return OneRow<DuplicateLead>{};
  }
  Task<Result<OneRow<LeadRow>>> update_lead(RequestContext&, Uuid lead_id, RawJson,
                                            std::optional<std::int64_t> row_version) override {
    ++calls;
    co_return row_of(lead_id, row_version);
  }
  Task<Result<OneRow<Uuid>>> delete_lead(RequestContext&, Uuid lead_id,
                                         std::optional<std::int64_t> row_version) override {
    OneRow<Uuid> deleted;
    if (row_of(lead_id, row_version))
      deleted.row = lead_id;
    co_return deleted;
  }
  Task<Result<OneRow<LeadRow>>> archive_lead(RequestContext&, Uuid lead_id) override { co_return row_of(lead_id); }
  Task<Result<MessageSent>> message_sent(RequestContext&, Uuid lead_id, Uuid, Uuid, SentMessage,
                                         TimePoint due) override {
    due_at = due;
    MessageSent sent;
    if (find(lead_id))
      sent.lead.row.emplace();
    co_return sent;
  }
  Task<Result<RowSet<InteractionRow>>> list_interactions(RequestContext&, Uuid lead_id, TimePosition,
                                                         std::int64_t) override {
    ++calls;
    RowSet<InteractionRow> rows;
    if (find(lead_id))
      rows.rows = said;
    co_return rows;
  }
  Task<Result<RowSet<VerificationRow>>> list_verifications(RequestContext&, VerificationPosition after, std::int64_t,
                                                           std::optional<std::int16_t> v_score_key_min) override {
    ++calls;
    verified_after = after;
    verified_min = v_score_key_min;
    co_return RowSet<VerificationRow>{};
  }
  Task<Result<RowSet<PlacedHotLead>>> list_hot_leads(RequestContext&, AnalyticsSource source, std::int16_t key_min,
                                                     HotPosition after, std::int64_t limit_rows) override {
    ++calls;
    hot_source = source;
    RowSet<PlacedHotLead> rows;
    for (const auto& lead : hot) {
      const auto key = std::tuple(lead.p_score_key, lead.i_score_key, lead.id);
      if (lead.p_score_key >= key_min && key < std::tuple(after.p_score_key, after.i_score_key, after.id) &&
          rows.rows.size() < static_cast<std::size_t>(limit_rows))
        rows.rows.push_back(lead);
    }
    co_return rows;
  }
  Task<Result<std::optional<TimePoint>>> read_hot_refresh(RequestContext&) override {
    const auto at = refreshed_at;
    co_return at;
  }
  Task<Result<OneRow<PipelineRow>>> read_pipeline(RequestContext&) override { co_return OneRow<PipelineRow>{}; }
  Task<Result<OneRow<AcquisitionRow>>> read_acquisition(RequestContext&, TimePoint since, Date first_day) override {
    arrivals = {since, first_day};
    co_return OneRow<AcquisitionRow>{};
  }
};

struct LeadsTest : testing::Test {
  LeadsTest() { request.identity.user_id = Uuid::v7(); }
  Result<LeadPage> list(ListRequest asked) { return run_task(leads.list_leads(request, std::move(asked))); }
  ListRequest counted(CountMode count, std::int64_t limit_rows = 5) {
    ListRequest asked;
    asked.paging = {"", limit_rows, 0, count};
    return asked;
  }
  MemoryStore store;
  Leads leads{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(LeadsTest, LimitsAreCheckedBeforeTheStore) {
  for (const std::int64_t limit : {0, -1, 1'001})
    EXPECT_EQ(refusal(list(counted(CountMode::none, limit))), "invalid_argument query.limit");
  for (const std::int64_t limit : {0, 201}) {
    EXPECT_EQ(refusal(run_task(leads.list_interactions(request, Uuid::v7(), "", limit))),
              "invalid_argument query.limit");
    EXPECT_EQ(refusal(run_task(leads.list_verifications(request, {}, "", limit))), "invalid_argument query.limit");
  }
  EXPECT_EQ(store.calls, 0);
}

TEST_F(LeadsTest, PagesHoldEachLeadOnceAndCursorsBelongToTheirList) {
  for (int i = 0; i < 7; ++i)
    store.add(i / 2);
  ListRequest asked = counted(CountMode::none, 2);
  std::vector<Uuid> read;
  do {
    const auto page = list(asked);
    ASSERT_TRUE(page) << refusal(page);
    for (const auto& lead : page->items)
      read.push_back(lead.id);
    asked.paging.cursor = page->next_cursor.value_or("");
  } while (!asked.paging.cursor.empty() && read.size() < 20);
  std::sort(read.begin(), read.end());
  EXPECT_EQ(std::unique(read.begin(), read.end()), read.end());
  EXPECT_EQ(read.size(), 7u);
  asked.paging.cursor = *list(counted(CountMode::none, 2))->next_cursor;
  EXPECT_EQ(refusal(list(asked)), "");
  store.calls = 0;
  ListRequest other = asked;
  other.order = ListOrder::updated_desc;
  EXPECT_EQ(refusal(list(other)), "malformed query.cursor");
  other = asked;
  other.filter.hot = true;
  EXPECT_EQ(refusal(list(other)), "malformed query.cursor");
  request.identity.user_id = Uuid::v7();
  EXPECT_EQ(refusal(list(asked)), "malformed query.cursor");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(LeadsTest, ACappedTotalStopsAtTenThousandWhereSomethingIsFiltered) {
  store.add(1);
  store.total = 10'001;
  ListRequest asked = counted(CountMode::capped);
  EXPECT_EQ(list(asked)->total, 10'001) << "a counter is exact";
  asked.filter.hot = true;
  EXPECT_EQ(list(asked)->total, 10'000);
  EXPECT_TRUE(list(asked)->total_is_capped);
  asked.paging.count = CountMode::exact;
  EXPECT_EQ(list(asked)->total, 10'001);
  EXPECT_FALSE(list(asked)->total_is_capped);
  asked.paging.count = CountMode::none;
  EXPECT_FALSE(list(asked)->total);
  store.kept.clear();
  EXPECT_EQ(list(counted(CountMode::capped))->total, 0);
}

TEST_F(LeadsTest, AListBeginsWhereItsFilterDoes) {
  ListRequest asked;
  asked.order = ListOrder::created_asc;
  asked.filter.created_since = now;
  ASSERT_TRUE(list(asked));
  EXPECT_EQ(store.asked.after.at, now) << "a walk of an index begins at the cursor";
  EXPECT_EQ(request.valid_until, TimePoint::max()) << "an instant of the client's stays what it is";
  ASSERT_TRUE(run_task(leads.list_pending(request, "", 10)));
  EXPECT_EQ(store.asked.order, ListOrder::follow_up_asc);
  EXPECT_EQ(format_date(*store.asked.filter.due_until), "2026-11-23") << "today and before";
  EXPECT_EQ(format_rfc3339(request.valid_until), "2026-11-24T00:00:00.000000Z") << "tomorrow others are pending";
  EXPECT_EQ(store.asked.count, CountMode::capped);
}

TEST_F(LeadsTest, AWriteThatMeetsNoRowTellsWhy) {
  const Uuid id = store.add(1);
  LeadRecord change;
  EXPECT_EQ(refusal(run_task(leads.update_lead(request, id, change, {}))), "invalid_argument body");
  EXPECT_EQ(store.calls, 0);
  change.empty = false;
  EXPECT_EQ(refusal(run_task(leads.update_lead(request, id, change, 1))), "");
  EXPECT_EQ(refusal(run_task(leads.update_lead(request, id, change, 7))), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(leads.update_lead(request, Uuid::v7(), change, 7))), "not_found lead_id");
  EXPECT_EQ(refusal(run_task(leads.update_lead(request, Uuid::v7(), change, {}))), "not_found lead_id");
  EXPECT_EQ(refusal(run_task(leads.delete_lead(request, id, 7))), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(leads.delete_lead(request, Uuid::v7(), {}))), "not_found lead_id");
  EXPECT_EQ(refusal(run_task(leads.get_lead(request, Uuid::v7()))), "not_found lead_id");
  EXPECT_EQ(refusal(run_task(leads.archive_lead(request, Uuid::v7()))), "not_found lead_id");
}

TEST_F(LeadsTest, AMessageIsFollowedUpInThreeDays) {
  const Uuid id = store.add(1);
  EXPECT_EQ(refusal(run_task(leads.message_sent(request, id, {}))), "");
  EXPECT_EQ(store.due_at - now, std::chrono::days(3));
  EXPECT_EQ(refusal(run_task(leads.message_sent(request, Uuid::v7(), {}))), "not_found lead_id");
}

TEST_F(LeadsTest, NothingSaidIsNoMissingLead) {
  const Uuid id = store.add(1);
  store.said.resize(1);  // no id: nothing was said
  const auto silence = run_task(leads.list_interactions(request, id, "", 10));
  ASSERT_TRUE(silence);
  EXPECT_TRUE(silence->items.empty());
  EXPECT_EQ(refusal(run_task(leads.list_interactions(request, Uuid::v7(), "", 10))), "not_found lead_id");
}

TEST_F(LeadsTest, ADuplicateIsFoundBySomething) {
  EXPECT_EQ(refusal(run_task(leads.find_duplicate(request, {}))), "invalid_argument body");
  EXPECT_EQ(store.calls, 0);
  MatchKeys match;
  match.phone = "+43 1";
  EXPECT_EQ(refusal(run_task(leads.find_duplicate(request, match))), "");
}

TEST_F(LeadsTest, VerificationsAreAskedForInHundredths) {
  ASSERT_TRUE(run_task(leads.list_verifications(request, 70, "", 10)));
  EXPECT_EQ(store.verified_min, 7'000);
  EXPECT_EQ(store.verified_after.id, highest_id);
  ASSERT_TRUE(run_task(leads.list_verifications(request, {}, "", 10)));
  EXPECT_FALSE(store.verified_min);
}

PlacedHotLead hot_lead(double p_score, std::int16_t i_score_key) {
  PlacedHotLead lead;
  lead.id = Uuid::v7();
  lead.p_score = p_score;
  lead.p_score_key = static_cast<std::int16_t>(p_score * 100);
  lead.i_score_key = i_score_key;
  return lead;
}

TEST(Warmth, FollowsScoreVerificationAndAskingForADemo) {
  const auto warmth = [](std::optional<double> p_score, std::optional<double> v_score, bool demo) {
    HotLeadRow lead;
    lead.p_score = p_score;
    lead.v_score = v_score;
    lead.requested_demo = demo;
    const Warmth found = warmth_of(lead);
    return std::string(found.lead_temperature) + " " + std::to_string(found.priority);
  };
  EXPECT_EQ(warmth(80, 70, true), "hot_verified 5");
  EXPECT_EQ(warmth(80, 69.99, false), "hot 4");
  EXPECT_EQ(warmth(80, {}, true), "hot 5");
  EXPECT_EQ(warmth(79.99, 90, true), "warm 3");
  EXPECT_EQ(warmth(60, {}, false), "warm 3");
  EXPECT_EQ(warmth(59.99, {}, false), "cool 2");
  EXPECT_EQ(warmth(39.99, {}, true), "cold 1");
  EXPECT_EQ(warmth({}, {}, true), "cold 1");
}

TEST_F(LeadsTest, HotLeadsPageByScoreAndIntent) {
  for (const auto& [score, intent] : {std::pair(90, 50), {90, 20}, {90, -1}, {80, 90}, {75, 0}})
    store.hot.push_back(hot_lead(score, static_cast<std::int16_t>(intent)));
  for (const std::int64_t limit : {0, 101})
    EXPECT_EQ(refusal(run_task(leads.list_hot_leads(request, {75, "", limit, AnalyticsSource::live}))),
              "invalid_argument query.limit");
  EXPECT_EQ(store.calls, 0);
  HotRequest asked{75, "", 2, AnalyticsSource::live};
  std::vector<Uuid> read;
  do {
    const auto page = run_task(leads.list_hot_leads(request, asked));
    ASSERT_TRUE(page);
    for (const auto& lead : page->items)
      read.push_back(lead.id);
    asked.cursor = page->next_cursor.value_or("");
    HotRequest other = asked;
    other.min_score = 80;
    if (!asked.cursor.empty()) {
      EXPECT_EQ(refusal(run_task(leads.list_hot_leads(request, other))), "malformed query.cursor");
    }
  } while (!asked.cursor.empty());
  ASSERT_EQ(read.size(), store.hot.size());
  for (std::size_t i = 0; i < read.size(); ++i)
    EXPECT_EQ(read[i], store.hot[i].id) << i;
}

TEST_F(LeadsTest, AnswersSayWhereTheyAreFromAndHowOldTheyAre) {
  store.hot.push_back(hot_lead(90, 50));
  HotRequest asked{75, "", 20, AnalyticsSource::mv};
  EXPECT_EQ(run_task(leads.list_hot_leads(request, asked)).error().code, Errc::unavailable) << "never refreshed";
  store.refreshed_at = now - std::chrono::minutes(7);
  const auto snapshot = run_task(leads.list_hot_leads(request, asked));
  ASSERT_TRUE(snapshot);
  const std::string body = json::to_json(to_hot_answer(*snapshot));
  EXPECT_TRUE(body.starts_with(R"({"as_of":"2026-11-23T11:53:00.000000Z","source":"mv","age_s":420,"cached":true,)"
                               R"("success":true,"leads":[{"id":)"))
      << body;
  EXPECT_NE(body.find(R"("lead_temperature":"hot","priority":4}],"count":1,"next_cursor":null})"), std::string::npos)
      << body;
  asked.source = AnalyticsSource::live;
  const auto live = run_task(leads.list_hot_leads(request, asked));
  ASSERT_TRUE(live);
  EXPECT_TRUE(json::to_json(to_hot_answer(*live))
                  .starts_with(R"({"as_of":"2026-11-23T12:00:00.000000Z","source":"live","age_s":0,"cached":false,)"));
}

TEST_F(LeadsTest, NewLeadsAreCountedFromTheSecondOn) {
  run_task(leads.read_acquisition(request, 30));
  EXPECT_EQ(store.arrivals.first, now - std::chrono::days(30));
  EXPECT_EQ(store.arrivals.second, parse_date("2026-10-24"));
}

TEST(PipelineAnswer, ColdAreTheOthers) {
  const PipelineRow row{10, 1, 2, 3, {R"({"new": 10})"}};
  EXPECT_EQ(json::to_json(to_pipeline_answer(row, now)),
            R"({"as_of":"2026-11-23T12:00:00.000000Z","source":"live","age_s":0,"cached":false,"total":10,"hot":1,)"
            R"("warm":2,"cool":3,"cold":4,"by_status":{"new": 10}})");
}

}  // namespace
}  // namespace salesflow::leads
