// The events store on a real PostgreSQL, straight and through PgBouncer.
#include <gtest/gtest.h>

#include <set>

#include "features/events/import.hpp"
#include "features/events/store.hpp"
#include "platform/csv/reader.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::events {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::run_task;

class EventsStore : public testing::TestWithParam<PoolMode> {
 protected:
  EventsStore() {
    const auto account = database_.create_account("anna@example.com");
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
    renew_deadline();
  }
  ~EventsStore() override { run_task(context_, drain()); }

  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  void renew_deadline() { request_.deadline = std::chrono::steady_clock::now() + 30s; }
  Uuid create(NewEvent event) {
    const Uuid id = Uuid::v7();
    auto normalized = normalize_text(event.text);
    const auto made = run_task(context_, store_->create_event(request_, id, std::move(event), std::move(normalized)));
    EXPECT_TRUE(made) << made.error().log_detail;
    return id;
  }
  Uuid add_lead() {
    const Uuid id = Uuid::v7();
    database_.run("INSERT INTO leads (id, user_id, name) VALUES ($1, $2, 'Lead')",
                  {id.to_string(), request_.identity.user_id.to_string()});
    return id;
  }
  Uuid add_contact(Uuid org_id) {
    const Uuid id = Uuid::v7();
    database_.run("INSERT INTO contacts (id, org_id, name) VALUES ($1, $2, 'Contact')",
                  {id.to_string(), org_id.to_string()});
    return id;
  }
  std::vector<Uuid> list(EventFilter filter, TimePosition after = before_newest, std::int64_t limit = 200) {
    const auto rows = run_task(context_, store_->list_events(request_, filter, after, limit));
    EXPECT_TRUE(rows) << rows.error().log_detail;
    std::vector<Uuid> ids;
    for (const auto& row : *rows)
      ids.push_back(row.id);
    return ids;
  }

  test::TestDatabase database_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_, GetParam())};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  RequestContext request_;
};

TEST_P(EventsStore, ReadsBackAllThatWasStored) {
  const Uuid contact = add_lead();
  const std::string text = "Grüße \xF0\x9F\x98\x80 <b>x</b>\n\"quoted\" \\ " + std::string(20'000, 'y');
  const Uuid id = create({Channel::whatsapp, Direction::inbound, text, contact,
                          RawJson{R"({"n": 12345678901234567890.12})"}, "v1.0", "default"});
  const auto found = run_task(context_, store_->get_event(request_, id));
  ASSERT_TRUE(found && *found);
  const EventRow& row = **found;
  EXPECT_EQ(row.id, id);
  EXPECT_EQ(row.user_id, request_.identity.user_id);
  EXPECT_EQ(row.contact_id, contact);
  EXPECT_EQ(row.channel, "whatsapp");
  EXPECT_EQ(row.direction, "inbound");
  EXPECT_EQ(row.text, text);
  EXPECT_EQ(row.normalized_text, normalize_text(text));
  EXPECT_EQ(row.raw_payload->text, R"({"n": 12345678901234567890.12})");
  EXPECT_FALSE(row.suggested_reply);
  EXPECT_EQ(row.autopilot_status, "pending");
  EXPECT_EQ(row.template_version, "v1.0");
  EXPECT_EQ(row.persona_variant, "default");
  EXPECT_EQ(row.row_version, 1);
  EXPECT_LT(std::chrono::abs(system_now() - row.created_at), 5min);
  EXPECT_EQ(database_.run("SELECT org_id FROM message_events").rows.at(0).at(0), request_.identity.org_id.to_string());
}

TEST_P(EventsStore, OldRowsWithoutTextFallBackToTheNormalizedText) {
  database_.run(
      "INSERT INTO message_events (user_id, channel, direction, normalized_text, suggested_reply) VALUES ($1, 'email', "
      "'inbound', 'old words', '{\"text\": \"Hi\"}')",
      {request_.identity.user_id.to_string()});
  const auto rows = run_task(context_, store_->list_events(request_, {}, before_newest, 10));
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->rows[0].text, "old words");
  EXPECT_EQ(rows->rows[0].suggested_reply->text, R"({"text": "Hi", "message": "Hi"})") << "clients read either member";
}

TEST_P(EventsStore, EveryFilterCombinationGivesExactlyItsRows) {
  const Uuid contact = add_lead();
  std::vector<std::pair<Uuid, EventFilter>> made;
  for (const Channel channel : {Channel::email, Channel::internal}) {
    for (const Direction direction : {Direction::inbound, Direction::outbound}) {
      for (const bool with_contact : {false, true}) {
        for (const Status status : {Status::pending, Status::sent}) {
          const Uuid id =
              create({channel, direction, "text", with_contact ? std::optional(contact) : std::nullopt, {}, {}, {}});
          if (status == Status::sent) {
            ASSERT_TRUE(run_task(context_, store_->set_status(request_, id, status, {})));
          }
          made.push_back({id, {status, with_contact ? std::optional(contact) : std::nullopt, channel, direction}});
        }
      }
    }
  }
  for (unsigned mask = 0; mask < 16; ++mask) {
    EventFilter filter;
    if (mask & 1)
      filter.status = Status::sent;
    if (mask & 2)
      filter.contact_id = contact;
    if (mask & 4)
      filter.channel = Channel::internal;
    if (mask & 8)
      filter.direction = Direction::outbound;
    std::vector<Uuid> expected;
    for (auto event = made.rbegin(); event != made.rend(); ++event) {
      const EventFilter& has = event->second;
      const bool fits = (!filter.status || has.status == filter.status) &&
                        (!filter.contact_id || has.contact_id == filter.contact_id) &&
                        (!filter.channel || has.channel == filter.channel) &&
                        (!filter.direction || has.direction == filter.direction);
      if (fits)
        expected.push_back(event->first);
    }
    EXPECT_EQ(list(filter), expected) << "mask " << mask;
  }
}

TEST_P(EventsStore, KeysetPagesMeetWithoutGapOrOverlapEvenWhenTimesAreEqual) {
  database_.run(
      "INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) "
      "SELECT $1, 'email', 'inbound', 'n', '2026-01-01'::timestamptz + (i / 4) * interval '1 microsecond' FROM "
      "generate_series(1, 50) AS i",
      {request_.identity.user_id.to_string()});
  std::set<Uuid> seen;
  TimePosition after = before_newest;
  for (int page = 0; page < 10; ++page) {
    const auto rows = run_task(context_, store_->list_events(request_, {}, after, 7));
    ASSERT_TRUE(rows);
    for (const auto& row : *rows) {
      EXPECT_TRUE(seen.insert(row.id).second);
      after = {row.created_at, row.id};
    }
  }
  EXPECT_EQ(seen.size(), 50u);
}

TEST_P(EventsStore, PendingComeOldestFirstAndOneChannelOnItsOwnIndex) {
  const Uuid first = create({Channel::email, Direction::inbound, "1", {}, {}, {}, {}});
  const Uuid second = create({Channel::internal, Direction::inbound, "2", {}, {}, {}, {}});
  const Uuid sent = create({Channel::email, Direction::inbound, "3", {}, {}, {}, {}});
  ASSERT_TRUE(run_task(context_, store_->set_status(request_, sent, Status::sent, {})));
  const auto all = run_task(context_, store_->list_pending(request_, {}, before_oldest, 10));
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->rows[0].id, first);
  EXPECT_EQ(all->rows[1].id, second);
  const auto emails = run_task(context_, store_->list_pending(request_, Channel::email, before_oldest, 10));
  ASSERT_EQ(emails->size(), 1u);
  EXPECT_EQ(emails->rows[0].id, first);
}

TEST_P(EventsStore, ChangesOnlyTheVersionThatTheCallerSaw) {
  const Uuid id = create({Channel::email, Direction::inbound, "1", {}, {}, {}, {}});
  const auto changed = run_task(context_, store_->set_status(request_, id, Status::approved, 1));
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ((*changed)->row_version, 2);
  EXPECT_EQ((*changed)->autopilot_status, "approved");
  EXPECT_EQ(request_.written.size(), 2u) << "a stamp for the create, one for the change";
  EXPECT_FALSE(run_task(context_, store_->set_status(request_, id, Status::sent, 1)).value().row.has_value());
}

TEST_P(EventsStore, ASuggestionMakesAPendingEventSuggestedAndLeavesDecisionsAlone) {
  const Uuid id = create({Channel::email, Direction::inbound, "1", {}, {}, {}, {}});
  auto suggested =
      run_task(context_, store_->set_suggested_reply(request_, id, RawJson{R"({"text":"Ja","message":"Ja"})"}, {}));
  ASSERT_TRUE(suggested && *suggested);
  EXPECT_EQ((*suggested)->autopilot_status, "suggested");
  ASSERT_TRUE(run_task(context_, store_->set_status(request_, id, Status::sent, {})));
  suggested = run_task(context_, store_->set_suggested_reply(request_, id, RawJson{R"({"text":"Nein"})"}, {}));
  EXPECT_EQ((*suggested)->autopilot_status, "sent");
}

TEST_P(EventsStore, AnotherUserSeesAndChangesNothing) {
  const Uuid id = create({Channel::email, Direction::inbound, "secret", {}, {}, {}, {}});
  const auto other = database_.create_account("ben@example.com");
  request_.identity.user_id = other.user_id;
  request_.identity.org_id = other.org_id;
  EXPECT_FALSE(run_task(context_, store_->get_event(request_, id)).value().row.has_value());
  EXPECT_FALSE(run_task(context_, store_->set_status(request_, id, Status::sent, {})).value().row.has_value());
  EXPECT_TRUE(list({}).empty());
}

TEST_P(EventsStore, SettingsFallBackFromContactToUserToDefault) {
  const Uuid contact = add_lead();
  EXPECT_FALSE(run_task(context_, store_->get_settings(request_, {})).value().row.has_value());
  SettingsChange global;
  global.mode = Mode::assist;
  ASSERT_TRUE(run_task(context_, store_->put_settings(request_, Uuid::v7(), global)));
  auto found = run_task(context_, store_->get_settings(request_, contact));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->mode, "assist");
  EXPECT_EQ((*found)->channels.text, R"(["email"])");
  SettingsChange own;
  own.contact_id = contact;
  own.mode = Mode::auto_;
  own.channels = std::vector{Channel::whatsapp, Channel::email};
  ASSERT_TRUE(run_task(context_, store_->put_settings(request_, Uuid::v7(), own)));
  own.mode.reset();
  own.is_active = false;
  ASSERT_TRUE(run_task(context_, store_->put_settings(request_, Uuid::v7(), own)));
  found = run_task(context_, store_->get_settings(request_, contact));
  EXPECT_EQ((*found)->mode, "auto") << "an absent member keeps its value";
  EXPECT_FALSE((*found)->is_active);
  EXPECT_EQ((*found)->channels.text, R"(["whatsapp", "email"])");
  EXPECT_EQ(run_task(context_, store_->get_settings(request_, {})).value()->mode, "assist");
}

TEST_P(EventsStore, StoresNothingForAContactOfNobodyOrOfOthers) {
  const Uuid lead = add_lead(), contact = add_contact(request_.identity.org_id);
  const auto other = database_.create_account("other@example.com");
  const Uuid foreign_contact = add_contact(other.org_id);
  const auto stores_event = [&](Uuid id) {
    const auto made = run_task(
        context_,
        store_->create_event(request_, Uuid::v7(), {Channel::email, Direction::inbound, "x", id, {}, {}, {}}, "x"));
    EXPECT_TRUE(made) << made.error().log_detail;
    return made->row.has_value();
  };
  const auto stores_settings = [&](Uuid id) {
    SettingsChange change;
    change.contact_id = id;
    const auto made = run_task(context_, store_->put_settings(request_, Uuid::v7(), change));
    EXPECT_TRUE(made) << made.error().log_detail;
    return made->row.has_value();
  };
  for (const Uuid id : {lead, contact}) {
    EXPECT_TRUE(stores_event(id));
    EXPECT_TRUE(stores_settings(id));
    EXPECT_TRUE(stores_settings(id)) << "the second time it is a change";
  }
  for (const Uuid id : {Uuid::v7(), foreign_contact}) {
    EXPECT_FALSE(stores_event(id));
    EXPECT_FALSE(stores_settings(id));
  }
  request_.identity.user_id = other.user_id;
  request_.identity.org_id = other.org_id;
  EXPECT_FALSE(stores_event(lead)) << "another user's lead";
  EXPECT_FALSE(stores_settings(lead));
  EXPECT_EQ(database_.run("SELECT count(*) FROM message_events").integer(), 2);
  EXPECT_EQ(database_.run("SELECT count(*) FROM autopilot_settings").integer(), 2);
}

TEST_P(EventsStore, ImportsNoRowOfAnUnknownContact) {
  const Uuid lead = add_lead();
  const std::string path = testing::TempDir() + "salesflow_import_" + Uuid::v7().to_string() + ".csv";
  std::ofstream(path) << "text,channel,direction,contact_id,raw_payload\nEins,email,inbound," << lead.to_string()
                      << ",\nZwei,email,inbound," << Uuid::v7().to_string()
                      << ",\nDrei,email,inbound,,\nVier,email,inbound," << lead.to_string()
                      << ",\"{\"\"n\"\": 1e400}\"\n";
  auto reader = csv::Reader::open(path, {});
  ASSERT_TRUE(reader);
  ImportReport report;
  std::vector<RowProblem> problems;
  auto on_problem = [&](const RowProblem& problem) { problems.push_back(problem); };
  const auto imported = run_task(
      context_, import_events(*store_, request_, **reader, {}, report, on_problem, [](const ImportReport&) {}));
  ASSERT_TRUE(imported) << imported.error().public_detail << imported.error().log_detail;
  EXPECT_EQ(report.rows_imported, 2u);
  EXPECT_EQ(report.rows_refused, 2u);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].line, 5u);
  EXPECT_EQ(problems[0].field, "raw_payload");
  EXPECT_EQ(problems[1].line, 3u);
  EXPECT_EQ(problems[1].field, "contact_id");
  const auto rows = run_task(context_, store_->list_events(request_, {}, before_newest, 10));
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->rows[0].text, "Drei");
  EXPECT_EQ(rows->rows[1].text, "Eins");
  EXPECT_EQ(rows->rows[1].contact_id, lead);
  std::remove(path.c_str());
}

TEST_P(EventsStore, CountsSentOfTodayAndSuggestions) {
  for (int i = 0; i < 3; ++i) {
    const Uuid id = create({Channel::email, Direction::outbound, "1", {}, {}, {}, {}});
    ASSERT_TRUE(run_task(context_, store_->set_status(request_, id, i == 0 ? Status::suggested : Status::sent, {})));
  }
  const auto stats =
      run_task(context_, store_->get_stats(request_, std::chrono::floor<std::chrono::days>(system_now()) - 24h));
  ASSERT_TRUE(stats && *stats);
  EXPECT_EQ((*stats)->auto_sent_today, 2);
  EXPECT_EQ((*stats)->pending_review, 1);
}

TEST_P(EventsStore, AMessageThatComesTwelveTimesAtOnceIsOneEvent) {
  Events events(*store_);
  std::set<Uuid> ids;
  int ended = 0;
  const auto receive = [&](RequestContext request, std::string message_id) -> Task<bool> {
    NewEvent event{Channel::whatsapp, Direction::inbound, "Hallo", {}, {}, {}, {}};
    event.platform_message_id = std::move(message_id);
    auto made = co_await events.create_event(request, std::move(event));
    EXPECT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    if (made && *made)
      ids.insert((*made)->id);
    co_return true;
  };
  for (int i = 0; i < 12; ++i)
    asio::co_spawn(context_, receive(request_, "m1"), [&](std::exception_ptr, bool) { ++ended; });
  while (ended < 12)
    context_.run_one();
  EXPECT_EQ(ids.size(), 1u) << "each is answered the same";
  EXPECT_EQ(database_.run("SELECT count(*) FROM message_events").integer(), 1);
  const auto other = database_.create_account("ben@example.com");
  RequestContext theirs = request_;
  theirs.identity.user_id = other.user_id;
  theirs.identity.org_id = other.org_id;
  run_task(context_, receive(theirs, "m1"));
  run_task(context_, receive(request_, "m2"));
  EXPECT_EQ(ids.size(), 3u) << "another user's message, and another message";
  database_.run("DELETE FROM message_events");
  NewEvent gone{Channel::whatsapp, Direction::inbound, "Hallo", {}, {}, {}, {}};
  gone.platform_message_id = "m1";
  const auto refused = run_task(context_, events.create_event(request_, std::move(gone)));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::conflict);
}

TEST_P(EventsStore, AMessageForAnUnknownContactIsNotRememberedAndMayComeAgain) {
  Events events(*store_);
  const auto create = [&](std::optional<Uuid> contact_id) {
    NewEvent event{Channel::email, Direction::inbound, "Hallo", contact_id, {}, {}, {}};
    event.platform_message_id = "m1";
    return run_task(context_, events.create_event(request_, std::move(event)));
  };
  const auto refused = create(Uuid::v7());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(database_.run("SELECT count(*) FROM message_event_ids").integer(), 0);
  EXPECT_TRUE(create({}));
}

TEST_P(EventsStore, AFileThatIsImportedTwiceDoublesNothingAndNamesItsRows) {
  const std::string path = testing::TempDir() + "salesflow_import_" + Uuid::v7().to_string() + ".csv";
  std::ofstream(path) << "text,channel,direction,platform_message_id,created_at\n"
                         "Eins,email,inbound,m1,2026-01-01T10:00:00Z\n"
                         "Zwei,email,inbound,m2,\n"
                         "Eins noch einmal,email,inbound, m1 ,\n"
                         "Andere,whatsapp,inbound,m1,\n"
                         "Ohne,email,inbound,,\n";
  const auto import = [&] {
    auto reader = csv::Reader::open(path, {});
    ImportReport report;
    std::string duplicates;
    auto on_problem = [&](const RowProblem& problem) {
      EXPECT_TRUE(problem.is_duplicate) << problem.reason;
      duplicates += std::to_string(problem.line) + " " + problem.field + " " + problem.reason + ";";
    };
    const auto imported = run_task(
        context_, import_events(*store_, request_, **reader, {}, report, on_problem, [](const ImportReport&) {}));
    EXPECT_TRUE(imported) << imported.error().public_detail << imported.error().log_detail;
    return std::to_string(report.rows_imported) + " " + std::to_string(report.rows_duplicate) + " " + duplicates;
  };
  EXPECT_EQ(import(), "4 1 4 platform_message_id came before;");
  EXPECT_EQ(database_.run("SELECT text FROM message_events WHERE created_at = '2026-01-01T10:00:00Z'").value(), "Eins");
  EXPECT_EQ(import(),
            "1 4 2 platform_message_id came before;3 platform_message_id came before;4 platform_message_id "
            "came before;5 platform_message_id came before;");
  EXPECT_EQ(database_.run("SELECT count(*) FROM message_events").integer(), 5) << "a row without an id is a message";
  Events events(*store_);
  NewEvent delivered{Channel::email, Direction::inbound, "Eins", {}, {}, {}, {}};
  delivered.platform_message_id = "m1";
  const auto known = run_task(context_, events.create_event(request_, std::move(delivered)));
  ASSERT_TRUE(known && *known);
  EXPECT_EQ((*known)->text, "Eins") << "what was imported is not delivered again";
  EXPECT_EQ(format_rfc3339((*known)->created_at), "2026-01-01T10:00:00.000000Z");
  std::remove(path.c_str());
}

TEST_P(EventsStore, ImportsABatchOrNothingOfItAndReportsBadRows) {
  const std::string path = testing::TempDir() + "salesflow_import_" + Uuid::v7().to_string() + ".csv";
  std::ofstream(path) << "text,channel,direction,contact_id\nHallo,email,inbound,\nWelt,fax,inbound,\nZwei,email,"
                         "outbound,not-a-uuid\nDrei,email,outbound,\n";
  auto reader = csv::Reader::open(path, {});
  ASSERT_TRUE(reader);
  ImportReport report;
  std::vector<RowProblem> problems;
  auto on_problem = [&](const RowProblem& problem) { problems.push_back(problem); };
  const auto imported = run_task(
      context_, import_events(*store_, request_, **reader, {}, report, on_problem, [](const ImportReport&) {}));
  ASSERT_TRUE(imported) << imported.error().public_detail << imported.error().log_detail;
  EXPECT_EQ(report.rows_read, 4u);
  EXPECT_EQ(report.rows_imported, 2u);
  EXPECT_EQ(report.rows_refused, 2u);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].line, 3u);
  EXPECT_EQ(problems[0].field, "channel");
  EXPECT_EQ(problems[1].field, "contact_id");
  const auto rows = run_task(context_, store_->list_events(request_, {}, before_newest, 10));
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->rows[1].text, "Hallo") << "the order of the file is the order of time";
  std::remove(path.c_str());
}

TEST_P(EventsStore, ABatchThatTheDatabaseRefusesLeavesNothing) {
  database_.run("ALTER TABLE message_events ADD CONSTRAINT no_drei CHECK (normalized_text <> 'Drei')");
  const std::string path = testing::TempDir() + "salesflow_import_" + Uuid::v7().to_string() + ".csv";
  std::ofstream(path) << "text,channel,direction\nEins,email,inbound\nZwei,email,inbound\nDrei,email,inbound\n";
  auto reader = csv::Reader::open(path, {});
  ImportReport report;
  ImportOptions options;
  options.batch_rows = 2;
  const auto imported = run_task(context_, import_events(
                                               *store_, request_, **reader, options, report, [](const RowProblem&) {},
                                               [](const ImportReport&) {}));
  ASSERT_TRUE(imported.has_error());
  EXPECT_EQ(imported.error().code, Errc::invalid_argument);
  EXPECT_EQ(report.rows_imported, 2u) << "the batch before it stays";
  EXPECT_EQ(list({}).size(), 2u);
  std::remove(path.c_str());
}

INSTANTIATE_TEST_SUITE_P(Modes, EventsStore, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::events
