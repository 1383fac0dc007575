#include "features/events/events.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "features/events/store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::events {
namespace {

using test::run_task;

/// Keeps events in memory, in creation order; only what the use cases need.
class MemoryStore final : public Store {
 public:
  struct Kept {
    Uuid user_id;
    std::string text;
    EventRow row;
  };
  std::vector<std::shared_ptr<Kept>> kept;
  int calls = 0;

  Uuid add(Uuid user_id, int second, std::string status = "pending") {
    auto event = std::make_shared<Kept>();
    event->user_id = user_id;
    event->text = "text";
    statuses_.push_back(std::make_unique<std::string>(std::move(status)));
    event->row.id = Uuid::v7();
    event->row.user_id = user_id;
    event->row.autopilot_status = *statuses_.back();
    event->row.created_at = TimePoint(std::chrono::seconds(second));
    event->row.row_version = 1;
    kept.push_back(event);
    return event->row.id;
  }

  Task<Result<RowSet<EventRow>>> list_events(RequestContext& request, EventFilter, TimePosition after,
                                             std::int64_t limit_rows) override {
    return collect(
        request, limit_rows,
        [after](const EventRow& row) { return std::tie(row.created_at, row.id) < std::tie(after.at, after.id); },
        [](const EventRow& a, const EventRow& b) {
          return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
        });
  }
  Task<Result<RowSet<EventRow>>> list_pending(RequestContext& request, std::optional<Channel>, TimePosition after,
                                              std::int64_t limit_rows) override {
    return collect(
        request, limit_rows,
        [after](const EventRow& row) {
          return row.autopilot_status == "pending" && std::tie(row.created_at, row.id) > std::tie(after.at, after.id);
        },
        [](const EventRow& a, const EventRow& b) {
          return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
        });
  }
  Task<Result<OneRow<EventRow>>> get_event(RequestContext& request, Uuid event_id) override {
    ++calls;
    OneRow<EventRow> found;
    for (const auto& event : kept) {
      if (event->row.id == event_id && event->user_id == request.identity.user_id)
        found.row = event->row;
    }
    co_return found;
  }
  Task<Result<OneRow<EventRow>>> create_event(RequestContext&, Uuid id, NewEvent event,
                                              std::string normalized_text) override {
    ++calls;
    if (event.platform_message_id && !messages_.emplace(*event.platform_message_id, id).second)
      co_return OneRow<EventRow>{};
    auto owner = std::make_shared<std::pair<std::string, std::string>>(event.text, normalized_text);
    OneRow<EventRow> made{EventRow{}, owner};
    made.row->id = id;
    made.row->text = owner->first;
    made.row->normalized_text = owner->second;
    co_return made;
  }
  Task<Result<OneRow<EventRow>>> find_message(RequestContext&, Channel, std::string platform_message_id) override {
    ++calls;
    OneRow<EventRow> found;
    if (const auto at = messages_.find(platform_message_id); at != messages_.end()) {
      found.row.emplace();
      found.row->id = at->second;
    }
    co_return found;
  }
  Task<Result<OneRow<EventRow>>> set_status(RequestContext& request, Uuid event_id, Status,
                                            std::optional<std::int64_t> row_version) override {
    auto found = co_await get_event(request, event_id);
    if (*found && row_version && *row_version != (*found)->row_version)
      co_return OneRow<EventRow>{};
    co_return found;
  }
  Task<Result<OneRow<EventRow>>> set_suggested_reply(RequestContext& request, Uuid event_id, RawJson,
                                                     std::optional<std::int64_t> row_version) override {
    return set_status(request, event_id, Status::suggested, row_version);
  }
  Task<Result<OneRow<SettingsRow>>> get_settings(RequestContext&, std::optional<Uuid>) override {
    co_return OneRow<SettingsRow>{};
  }
  Task<Result<OneRow<SettingsRow>>> put_settings(RequestContext&, Uuid, SettingsChange) override {
    co_return OneRow<SettingsRow>{};
  }
  Task<Result<OneRow<StatsRow>>> get_stats(RequestContext&, TimePoint at) override {
    since = at;
    co_return OneRow<StatsRow>{};
  }
  Task<Result<RowSet<KnownContact>>> find_contacts(RequestContext&, std::vector<Uuid>) override {
    co_return RowSet<KnownContact>{};
  }
  Task<Result<std::vector<Uuid>>> import_events(RequestContext&, ImportBatch batch) override { co_return batch.ids; }
  TimePoint since{};

 private:
  std::map<std::string, Uuid> messages_;
  template <class Take, class Before>
  Task<Result<RowSet<EventRow>>> collect(RequestContext& request, std::int64_t limit_rows, Take take, Before before) {
    ++calls;
    RowSet<EventRow> rows;
    for (const auto& event : kept) {
      if (event->user_id == request.identity.user_id && take(event->row))
        rows.rows.push_back(event->row);
    }
    std::sort(rows.rows.begin(), rows.rows.end(), before);
    if (rows.rows.size() > static_cast<std::size_t>(limit_rows))
      rows.rows.resize(static_cast<std::size_t>(limit_rows));
    co_return rows;
  }
  std::vector<std::unique_ptr<std::string>> statuses_;
};

class EventsTest : public testing::Test {
 protected:
  EventsTest() { request.identity.user_id = Uuid::v7(); }
  MemoryStore store;
  Events events{store};
  RequestContext request;
};

TEST_F(EventsTest, RefusesALimitOutsideOneToTwoHundredWithoutTouchingTheStore) {
  for (const std::int64_t limit : {0, -1, 201}) {
    const auto page = run_task(events.list_events(request, {}, "", limit));
    ASSERT_TRUE(page.has_error());
    EXPECT_EQ(page.error().code, Errc::invalid_argument);
    EXPECT_EQ(page.error().errors.at(0).field, "query.limit");
  }
  EXPECT_EQ(store.calls, 0);
}

TEST_F(EventsTest, PagesThroughAllEventsOnceWithTiesInTime) {
  for (int i = 0; i < 23; ++i)
    store.add(request.identity.user_id, i / 5);
  store.add(Uuid::v7(), 3);
  for (const bool pending : {false, true}) {
    std::vector<Uuid> seen;
    std::string cursor;
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = pending ? run_task(events.list_pending(request, {}, cursor, 5))
                                : run_task(events.list_events(request, {}, cursor, 5));
      ASSERT_TRUE(page);
      for (const auto& row : page->items)
        seen.push_back(row.id);
      if (!page->next_cursor)
        break;
      cursor = *page->next_cursor;
    }
    EXPECT_EQ(seen.size(), 23u);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  }
}

TEST_F(EventsTest, RefusesACursorOfOtherFiltersOtherListsAndOtherUsers) {
  for (int i = 0; i < 3; ++i)
    store.add(request.identity.user_id, i);
  const auto cursor = run_task(events.list_events(request, {}, "", 1))->next_cursor.value();
  EXPECT_TRUE(run_task(events.list_events(request, {}, cursor, 1)));
  EventFilter sent;
  sent.status = Status::sent;
  EXPECT_EQ(run_task(events.list_events(request, sent, cursor, 1)).error().code, Errc::malformed);
  EXPECT_EQ(run_task(events.list_pending(request, {}, cursor, 1)).error().code, Errc::malformed);
  request.identity.user_id = Uuid::v7();
  EXPECT_EQ(run_task(events.list_events(request, {}, cursor, 1)).error().code, Errc::malformed);
}

TEST_F(EventsTest, TellsAChangedEventFromAMissingOne) {
  const Uuid mine = store.add(request.identity.user_id, 1);
  const Uuid foreign = store.add(Uuid::v7(), 1);
  EXPECT_TRUE(run_task(events.set_status(request, mine, Status::sent, 1)));
  EXPECT_EQ(run_task(events.set_status(request, mine, Status::sent, 7)).error().code, Errc::precondition_failed);
  EXPECT_EQ(run_task(events.set_status(request, foreign, Status::sent, 1)).error().code, Errc::not_found);
  EXPECT_EQ(run_task(events.set_status(request, foreign, Status::sent, {})).error().code, Errc::not_found);
  EXPECT_EQ(run_task(events.get_event(request, foreign)).error().code, Errc::not_found);
}

TEST_F(EventsTest, KeepsTheTextAsPostedBesideItsNormalForm) {
  const auto made = run_task(
      events.create_event(request, {Channel::email, Direction::inbound, "  Hallo <b>Welt</b>\n\n ", {}, {}, {}, {}}));
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->text, "  Hallo <b>Welt</b>\n\n ");
  EXPECT_EQ((*made)->normalized_text, "Hallo Welt");
  EXPECT_EQ(run_task(events.create_event(request, {})).error().errors.at(0).field, "text");
}

TEST_F(EventsTest, CountsStatisticsFromMidnightUtc) {
  Events at_noon(
      store, +[] { return *parse_rfc3339("2026-11-23T12:34:56Z"); });
  ASSERT_TRUE(run_task(at_noon.get_stats(request)));
  EXPECT_EQ(format_rfc3339(store.since), "2026-11-23T00:00:00.000000Z");
}

TEST_F(EventsTest, AMessageThatCameBeforeIsItsEvent) {
  const auto create = [&](std::optional<std::string> message_id) {
    return run_task(events.create_event(
        request, {Channel::email, Direction::inbound, "x", {}, {}, {}, {}, std::move(message_id), {}}));
  };
  const auto first = create("m1"), again = create("m1"), other = create("m2"), without = create({});
  ASSERT_TRUE(first && *first && again && *again && other && *other && without && *without);
  EXPECT_EQ((*again)->id, (*first)->id);
  EXPECT_NE((*other)->id, (*first)->id);
  EXPECT_NE((*without)->id, (*first)->id);
}

TEST(NormalizeText, StripsTagsFirstThenFoldsSpace) {
  EXPECT_EQ(normalize_text("a <br> b"), "a b");
  EXPECT_EQ(normalize_text("<p>Grüße\t\taus\xC2\xA0Wien</p><!-- x -->"), "Grüße aus Wien");
  EXPECT_EQ(normalize_text("I <3 you and 1 < 2 > 0"), "I <3 you and 1 < 2 > 0");
  EXPECT_EQ(normalize_text("half open <b"), "half open <b");
  EXPECT_EQ(normalize_text("<style>p{color:red}</style><p>a</p><p>b &amp; c</p>"), "a b & c");
  EXPECT_EQ(normalize_text("if (a<b && c>d)"), "if (a<b && c>d)");
  EXPECT_EQ(normalize_text("Eva <eva@example.org>"), "Eva <eva@example.org>");
}

TEST(NormalizeText, NeverMakesANonEmptyTextEmpty) {
  EXPECT_EQ(normalize_text("<b></b>"), "<b></b>");
  EXPECT_EQ(normalize_text(" \n "), " \n ");
}

RC_GTEST_PROP(NormalizeText, IsNeverEmptyForNonEmptyTextAndStableWhenRepeated, (const std::string& noise)) {
  RC_PRE(!noise.empty());
  const std::string once = normalize_text(noise);
  RC_ASSERT(!once.empty());
  RC_ASSERT(once.size() <= noise.size());
}

}  // namespace
}  // namespace salesflow::events
