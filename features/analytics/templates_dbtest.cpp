// Live figures of templates and channels against a recount from single messages, on a real PostgreSQL: after whatever
// is written, for any days of any zone, summed up or not.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "features/analytics/templates.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::Login;
using test::run_task;
using Account = test::TestDatabase::Account;

constexpr Date first_day = std::chrono::sys_days(std::chrono::year(2026) / 3 / 27);

std::string show(const TemplateReport& report) {
  std::string text = fmt::format("{} groups", report.count);
  for (const auto& t : report.templates)
    text += fmt::format("\n{}/{}/{}: total {} sent {} approved {} skipped {} answerable {} replies {} used {} to {}",
                        t.template_version, t.persona_variant.value_or("-"), t.channel.value_or("-"), t.total, t.sent,
                        t.approved.value_or(-1), t.skipped.value_or(-1), t.answerable, t.replies,
                        t.first_used ? format_rfc3339(*t.first_used) : "-",
                        t.last_used ? format_rfc3339(*t.last_used) : "-");
  return text;
}

std::string show(const ChannelReport& report) {
  std::string text;
  for (const auto& c : report.channels)
    text += fmt::format(
        "\n{}: total {} in {} out {} pending {} suggested {} approved {} sent {} skipped {} answerable "
        "{} replies {}",
        c.channel.value_or("-"), c.total, c.inbound, c.outbound, c.pending, c.suggested, c.approved, c.sent, c.skipped,
        c.answerable, c.replies);
  return text;
}

/// Anna and Ben are colleagues in Anna's organisation; Ben has one of his own, too.
class TemplateDatabase : public testing::Test {
 protected:
  TemplateDatabase() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    act_as(anna_.user_id, anna_.org_id);
  }
  ~TemplateDatabase() override {
    auto drain = [](postgres::Database& db) -> Task<bool> {
      co_await db.drain(std::chrono::steady_clock::now() + 2s);
      co_return true;
    };
    run_task(context_, drain(db_));
  }
  void act_as(Uuid user_id, Uuid org_id) {
    request_.identity.user_id = user_id;
    request_.identity.org_id = org_id;
  }
  void refresh(int entries = 100'000) {
    database_.run_as(Login::worker, fmt::format("SELECT salesflow.refresh_summaries({})", entries));
  }
  void fold() { database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(100000)"); }
  std::int64_t entries() { return database_.run("SELECT count(*) FROM event_invalidations").integer(); }

  /// A message of Anna with one contact.
  std::string add(const std::string& at, const std::string& direction, const std::string& version = "",
                  const std::string& status = "sent") {
    return database_
        .run(
            "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
            "autopilot_status, template_version, created_at) VALUES ($1, $2, $3, 'email', $4, 'x', $5, nullif($6, ''), "
            "$7) RETURNING id",
            {anna_.user_id.to_string(), anna_.org_id.to_string(), contact_.to_string(), direction, status, version, at})
        .value();
  }
  TemplateFilter all_days(TemplateScope scope = TemplateScope::user, ReplyWindow window = ReplyWindow::thirty_days) {
    TemplateFilter filter;
    filter.scope = scope;
    filter.period = {first_day - days(60), first_day + days(60), 30, "UTC"};
    filter.window = window;
    filter.limit_rows = 1000;
    return filter;
  }
  TemplateReport read(TemplateFilter filter, Source source = Source::live) {
    auto report = run_task(context_, templates_.list(request_, std::move(filter), source));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return std::move(*report);
  }
  std::string channels(TemplateFilter filter, Source source) {
    auto report =
        run_task(context_, templates_.list_channels(request_, filter.scope, filter.period, filter.window, source));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return show(*report);
  }
  /// "v1 2/3": answered of answerable, of the user and of the organisation, which are the same here.
  std::string replies(ReplyWindow window = ReplyWindow::thirty_days) {
    std::string of_user, of_org;
    for (const auto scope : {TemplateScope::user, TemplateScope::organization}) {
      std::string& text = scope == TemplateScope::user ? of_user : of_org;
      for (const auto& t : read(all_days(scope, window)).templates)
        text += fmt::format("{}{} {}/{}", text.empty() ? "" : ", ", t.template_version, t.replies, t.answerable);
    }
    return of_user == of_org ? of_user : of_user + " but " + of_org;
  }
  /// Empty when live answers are what single messages say.
  std::string difference(const TemplateFilter& filter) {
    const auto live = show(read(filter)), raw = show(read(filter, Source::raw));
    if (live != raw)
      return fmt::format("live {}\nraw {}", live, raw);
    const auto live_channels = channels(filter, Source::live), raw_channels = channels(filter, Source::raw);
    return live_channels == raw_channels ? "" : fmt::format("live {}\nraw {}", live_channels, raw_channels);
  }
  std::string wrong() {
    return database_
        .run_as(Login::worker,
                "SELECT concat((SELECT string_agg(format('%s: %s', name, wrong_rows), ', ') FROM "
                "salesflow.verify_summaries() WHERE wrong_rows <> 0), (SELECT string_agg(format('%s: %s', name, "
                "wrong_groups), ', ') FROM salesflow.verify_rollups() WHERE wrong_groups <> 0 AND name LIKE "
                "'%reply_days'))")
        .value();
  }

  test::TestDatabase database_;
  Account anna_ = database_.create_account("anna@example.com"), ben_ = database_.create_account("ben@example.com");
  Uuid contact_ = Uuid::v7();
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_)};
  std::unique_ptr<TemplateStore> store_ = make_pg_template_store(db_);
  Templates templates_{*store_};
  RequestContext request_;
};

TEST_F(TemplateDatabase, ReplyBelongsToTheLatestMessageBeforeItAndCountsOnce) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "outbound", "v2");
  add("2026-03-28T11:30:00Z", "outbound", "v3", "skipped");
  add("2026-03-28T12:00:00Z", "inbound");
  add("2026-03-28T12:30:00Z", "inbound");
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  refresh();
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  fold();
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  // A change of the conversation's other side computes it anew: what was counted before is taken back.
  add("2026-03-29T12:30:00Z", "inbound");
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  refresh();
  fold();
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1, v3 0/0");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplateDatabase, WindowEndsAtItsLastInstant) {
  const struct {
    const char* delay;
    ReplyWindow window;
    const char* within;
  } cases[] = {{"1 hour", ReplyWindow::hour, "v1 1/1"},
               {"1 hour 1 microsecond", ReplyWindow::hour, "v1 0/1"},
               {"24 hours", ReplyWindow::day, "v1 1/1"},
               {"24 hours 1 microsecond", ReplyWindow::day, "v1 0/1"},
               {"72 hours", ReplyWindow::three_days, "v1 1/1"},
               {"168 hours 1 microsecond", ReplyWindow::seven_days, "v1 0/1"},
               {"720 hours", ReplyWindow::thirty_days, "v1 1/1"},
               {"720 hours 1 microsecond", ReplyWindow::thirty_days, "v1 0/1"},
               {"0 hours", ReplyWindow::thirty_days, "v1 0/1"}};
  for (const auto& c : cases) {
    database_.run("TRUNCATE message_events");
    add("2026-03-01T10:00:00Z", "outbound", "v1");
    add("2026-03-01T10:00:00Z", "inbound");
    database_.run("UPDATE message_events SET created_at = created_at + $1::interval WHERE direction = 'inbound'",
                  {c.delay});
    EXPECT_EQ(replies(c.window), c.within) << c.delay << ", from messages";
    refresh();
    EXPECT_EQ(replies(c.window), c.within) << c.delay << ", summed up";
    EXPECT_EQ(difference(all_days(TemplateScope::user, c.window)), "");
  }
}

TEST_F(TemplateDatabase, LateEditedDeletedAndMovedMessagesMoveTheFiguresAtOnce) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  const auto answer = add("2026-03-28T12:00:00Z", "inbound");
  refresh();
  fold();
  EXPECT_EQ(replies(), "v1 1/1");
  const auto late = add("2026-03-28T11:00:00Z", "outbound", "v2");
  EXPECT_EQ(replies(), "v1 0/1, v2 1/1") << "the conversation stands in the log: its sums are corrected";
  database_.run("UPDATE message_events SET autopilot_status = 'skipped' WHERE id = $1", {late});
  EXPECT_EQ(replies(), "v1 1/1, v2 0/0");
  refresh();
  database_.run("UPDATE message_events SET template_version = 'v4' WHERE template_version = 'v1'");
  EXPECT_EQ(replies(), "v2 0/0, v4 1/1");
  database_.run("UPDATE message_events SET created_at = '2026-03-27T23:59:59Z' WHERE id = $1", {answer});
  EXPECT_EQ(replies(), "v2 0/0, v4 0/1");
  refresh();
  fold();
  EXPECT_EQ(replies(), "v2 0/0, v4 0/1");
  database_.run("UPDATE message_events SET created_at = '2026-03-28T12:00:00Z' WHERE id = $1", {answer});
  refresh();
  database_.run("DELETE FROM message_events WHERE id = $1", {answer});
  EXPECT_EQ(replies(), "v2 0/0, v4 0/1");
  database_.run("UPDATE message_events SET user_id = $1, org_id = $2",
                {ben_.user_id.to_string(), ben_.org_id.to_string()});
  EXPECT_EQ(replies(), "");
  refresh();
  EXPECT_EQ(replies(), "");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplateDatabase, SuggestedReplyIsNotWorthAnEntry) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  refresh();
  ASSERT_EQ(entries(), 0);
  database_.run("UPDATE message_events SET suggested_reply = '{\"text\": \"x\"}', normalized_text = 'y'");
  EXPECT_EQ(entries(), 0);
  database_.run("UPDATE message_events SET persona_variant = 'formal'");
  EXPECT_EQ(entries(), 1);
}

TEST_F(TemplateDatabase, RefreshTakesWhatItComputesAndNothingElse) {
  for (int i = 0; i < 30; ++i) {
    contact_ = Uuid::v7();
    add(fmt::format("2026-03-{:02}T10:00:00Z", 1 + i), "outbound", "v1");
    add(fmt::format("2026-03-{:02}T11:00:00Z", 1 + i), "inbound");
  }
  for (int i = 0; i < 100 && entries() > 0; ++i) {
    EXPECT_EQ(replies(), "v1 30/30");
    refresh(7);
    EXPECT_EQ(wrong(), "");
    if (i % 3 == 0)
      fold();
  }
  EXPECT_EQ(entries(), 0);
  EXPECT_EQ(replies(), "v1 30/30");
  // Another message of a conversation that has been taken: its entry is kept, also by a refresh that takes others.
  add("2026-03-30T12:00:00Z", "outbound", "v1");
  contact_ = Uuid::v7();
  add("2026-03-30T12:00:00Z", "outbound", "v1");
  refresh(1);
  EXPECT_EQ(replies(), "v1 30/32");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplateDatabase, OwnAndColleaguesFiguresStayBehindTheWall) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  // Ben's, in Anna's organisation and in his own, with the same contact.
  for (const auto& org : {anna_.org_id, ben_.org_id})
    database_.run(
        "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
        "template_version, created_at) SELECT $1, $2, $3, 'email', d, 'x', CASE d WHEN 'outbound' THEN 'v2' "
        "END, '2026-03-28T12:00:00Z'::timestamptz + i * interval '1 hour' FROM (VALUES ('outbound', 0), "
        "('inbound', 1)) AS m (d, i)",
        {ben_.user_id.to_string(), org.to_string(), contact_.to_string()});
  for (int i = 0; i < 3; ++i) {
    act_as(anna_.user_id, anna_.org_id);
    EXPECT_EQ(replies(), "v1 1/1 but v1 1/1, v2 1/1");
    act_as(ben_.user_id, ben_.org_id);
    EXPECT_EQ(replies(), "v2 2/2 but v2 1/1") << "what is written in one organisation changes no other";
    act_as(Uuid::v7(), Uuid::v7());
    EXPECT_EQ(replies(), "");
    i == 0 ? refresh() : fold();
  }
  act_as(anna_.user_id, anna_.org_id);
  const auto texts = [&] {
    database_.run_as_tenant(anna_.user_id, anna_.org_id, "SELECT normalized_text FROM our_message_rows");
  };
  EXPECT_THROW(texts(), std::exception);
}

TEST_F(TemplateDatabase, FoundRowsMayMissAnything) {
  database_.run(
      "ALTER TABLE message_events REPLICA IDENTITY DEFAULT; ALTER TABLE message_events ALTER user_id DROP NOT NULL, "
      "ALTER channel DROP NOT NULL, ALTER direction DROP NOT "
      "NULL, ALTER autopilot_status DROP NOT NULL, ALTER created_at DROP NOT NULL; ALTER TABLE message_events DISABLE "
      "TRIGGER salesflow_fill_org");
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  for (const char* column : {"user_id", "org_id", "contact_id", "channel", "direction", "autopilot_status",
                             "template_version", "persona_variant", "created_at"}) {
    for (const char* at : {"2026-03-28T10:30:00Z", "infinity", "-infinity", "0001-01-01 BC"}) {
      const auto id = add(at, "outbound", std::string(300, 'v') + column);
      database_.run(fmt::format("UPDATE message_events SET {} = NULL WHERE id = $1", column), {id});
      const auto answer = add(at, "inbound");
      database_.run(fmt::format("UPDATE message_events SET {} = NULL WHERE id = $1", column), {answer});
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (const auto scope : {TemplateScope::user, TemplateScope::organization}) {
      auto filter = all_days(scope);
      filter.by_channel = true;
      EXPECT_EQ(difference(filter), "");
    }
    EXPECT_EQ(wrong(), "");
    refresh();
  }
}

TEST_F(TemplateDatabase, EmptiedTableHasNoFiguresAtOnce) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  refresh();
  fold();
  database_.run("TRUNCATE message_events");
  EXPECT_EQ(replies(), "");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplateDatabase, RowsThatGoWithoutTriggersAreInvalidatedByHand) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  add("2026-02-28T11:00:00Z", "outbound", "v1");
  refresh();
  fold();
  // As a partition that is detached.
  database_.run(
      "BEGIN; CALL salesflow.invalidate_rows('event_invalidations', '(SELECT * FROM public.message_events WHERE "
      "created_at >= ''2026-03-01'')'); SET LOCAL session_replication_role = replica; DELETE FROM message_events WHERE "
      "created_at >= '2026-03-01'; COMMIT");
  EXPECT_EQ(replies(), "v1 0/1");
  refresh();
  EXPECT_EQ(replies(), "v1 0/1");
  EXPECT_EQ(wrong(), "");
}

TEST_F(TemplateDatabase, ViewIsOfAllTimeAndSaysSince) {
  add("2025-03-28T10:00:00Z", "outbound", "v1");
  add("2025-08-28T11:00:00Z", "inbound");
  auto filter = all_days();
  EXPECT_EQ(read(filter, Source::mv).origin.as_of, time_minus_infinity);
  database_.run("SELECT salesflow.refresh_materialized_view('mv_template_performance')");
  for (const auto scope : {TemplateScope::user, TemplateScope::organization}) {
    filter.scope = scope;
    const auto report = read(filter, Source::mv);
    ASSERT_EQ(report.templates.size(), 1U);
    EXPECT_EQ(report.templates[0].replies, 1) << "whenever it came";
    EXPECT_FALSE(report.templates[0].skipped);
    EXPECT_FALSE(report.origin.from);
  }
}

TEST_F(TemplateDatabase, BestIsWhoIsSurelyAnsweredAndWasSentOften) {
  const auto send = [&](const std::string& version, int times, int answered) {
    database_.run(
        "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
        "autopilot_status, template_version, created_at) SELECT $1, $2, md5($3 || i)::uuid, 'email', d, 'x', "
        "'sent', CASE d WHEN 'outbound' THEN $3 END, '2026-03-28'::timestamptz + interval '1 hour' * (d = "
        "'inbound')::int FROM generate_series(1, $4::int) AS i, unnest('{outbound,inbound}'::text[]) AS d "
        "WHERE d = 'outbound' OR i <= $5::int",
        {anna_.user_id.to_string(), anna_.org_id.to_string(), version, std::to_string(times),
         std::to_string(answered)});
  };
  send("few", 29, 29);
  send("lucky", 30, 18);
  send("sure", 300, 170);
  auto filter = all_days();
  filter.best_first = true;
  filter.limit_rows = 1;
  for (const auto source : {Source::live, Source::raw}) {
    const auto report = read(filter, source);
    ASSERT_EQ(report.templates.size(), 1U);
    EXPECT_EQ(report.templates[0].template_version, "sure");
    EXPECT_EQ(report.count, 2);
  }
  const auto comparison =
      run_task(context_, templates_.compare_variants(request_, {"few", {}}, {"sure", {}}, all_days(), Source::live));
  ASSERT_TRUE(comparison && comparison->difference);
  EXPECT_EQ(comparison->a.replies, 29);
  EXPECT_EQ(comparison->b.replies, 170);
  EXPECT_TRUE(comparison->difference->is_sure);
  const auto unknown =
      run_task(context_, templates_.compare_variants(request_, {"few", {}}, {"none", {}}, all_days(), Source::live));
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->difference);
}

TEST_F(TemplateDatabase, UnknownTemplateIsEmptyAndUnknownZoneIsNamed) {
  auto filter = all_days();
  filter.template_versions = {"no such"};
  const auto report = read(filter);
  EXPECT_TRUE(report.templates.empty());
  EXPECT_EQ(report.count, 0);
  EXPECT_EQ(report.origin.from, first_day - days(60));
  filter.period.zone = "Mars/Olympus";
  const auto refused = run_task(context_, templates_.list(request_, filter, Source::live));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
}

/// A statement of a writer, a refresh or a fold.
struct Step {
  int kind = 0, seed = 0, size = 1;
};

/// What a step is in SQL. $ids: some messages.
std::string sql_of(const Step& step, const Account& anna, const Account& ben) {
  const auto pick = [&](std::initializer_list<const char*> from, const char* salt) {
    std::string list;
    for (const char* item : from)
      list += fmt::format("{}{}", list.empty() ? "" : ",", item);
    return fmt::format("(ARRAY[{}])[1 + abs(hashtext({} || '{}' || i)) % {}]", list, step.seed, salt, from.size());
  };
  const std::string users = fmt::format("(ARRAY['{}','{}'])[1 + abs(hashtext({} || 'u' || i)) % 2]::uuid",
                                        anna.user_id.to_string(), ben.user_id.to_string(), step.seed);
  const std::string orgs = fmt::format("(ARRAY['{}','{}',NULL])[1 + abs(hashtext({} || 'o' || i)) % 3]::uuid",
                                       anna.org_id.to_string(), ben.org_id.to_string(), step.seed);
  const std::string contacts = pick({"'a0000000-0000-0000-0000-000000000001'", "'a0000000-0000-0000-0000-000000000001'",
                                     "'a0000000-0000-0000-0000-000000000002'", "NULL"},
                                    "c") +
                               "::uuid";
  const std::string directions = pick({"'outbound'", "'outbound'", "'inbound'"}, "d");
  const std::string statuses = pick({"'sent'", "'sent'", "'approved'", "'skipped'", "'pending'", "'suggested'"}, "s");
  const std::string versions = pick({"'v1'", "'v2'", "NULL"}, "t");
  const std::string personas = pick({"'p'", "NULL"}, "p");
  const std::string channels = pick({"'email'", "'whatsapp'"}, "k");
  // Quarter hours of four days, so that instants meet, and some from a month before; midnights of many zones among
  // them.
  const std::string times = fmt::format(
      "'2026-03-27T00:00:00Z'::timestamptz + interval '15 minutes' * (abs(hashtext({0} || 'w' || i)) % 384) - CASE "
      "WHEN "
      "abs(hashtext({0} || 'x' || i)) % 9 = 0 THEN interval '30 days' ELSE interval '0' END",
      step.seed);
  const std::string some = fmt::format(
      "WHERE id IN (SELECT id FROM message_events ORDER BY md5(normalized_text || {}) LIMIT {})", step.seed, step.size);
  const auto update = [&](const std::string& column, std::string value) {
    for (auto at = value.find("|| i)"); at != std::string::npos; at = value.find("|| i)"))
      value.replace(at, 5, "|| normalized_text)");
    return fmt::format("UPDATE message_events SET {} = {} {}", column, value, some);
  };
  switch (step.kind) {
    case 0:
    case 1:
    case 2:
      return fmt::format(
          "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
          "autopilot_status, template_version, persona_variant, created_at) SELECT {}, {}, {}, {}, {}, "
          "'{}-' || i, {}, {}, {}, {} FROM generate_series(1, {}) AS i",
          users, orgs, contacts, channels, directions, step.seed, statuses, versions, personas, times,
          step.kind == 2 ? 8 * step.size : step.size);
    case 3:
      return update("created_at", times);
    case 4:
      return update("autopilot_status", statuses);
    case 5:
      return update("template_version", versions);
    case 6:
      return update("direction", directions);
    case 7:
      return update("contact_id", contacts);
    case 8:
      return update("user_id", users);
    case 9:
      return update("org_id", orgs);
    case 10:
      return "DELETE FROM message_events " + some;
    case 11:  // as a bulk load does
      return fmt::format(
          "DO $$ DECLARE v_file text := format('%s/templates-%s.copy', current_setting('data_directory'), "
          "pg_backend_pid()); BEGIN EXECUTE format('COPY (SELECT user_id, org_id, contact_id, channel, direction, "
          "normalized_text || ''c'', autopilot_status, template_version, persona_variant, created_at FROM "
          "message_events ORDER BY md5(normalized_text) LIMIT {}) TO %L', v_file); EXECUTE format('COPY message_events "
          "(user_id, org_id, contact_id, channel, direction, normalized_text, autopilot_status, template_version, "
          "persona_variant, created_at) FROM %L', v_file); END $$",
          5 * step.size);
    default:
      return "BEGIN; UPDATE message_events SET template_version = 'gone'; DELETE FROM message_events; ROLLBACK";
  }
}

TEST_F(TemplateDatabase, AreWhatSingleMessagesSayWhateverIsWritten) {
  const char* zones[] = {"UTC",         "Europe/Vienna", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe",
                         "Pacific/Apia"};
  const bool held = rc::check([&] {
    database_.run("TRUNCATE message_events");
    const auto steps = *rc::gen::container<std::vector<Step>>(rc::gen::build<Step>(
        rc::gen::set(&Step::kind, rc::gen::inRange(0, 17)), rc::gen::set(&Step::seed, rc::gen::inRange(0, 100'000)),
        rc::gen::set(&Step::size, rc::gen::inRange(1, 6))));
    std::string log;
    for (const auto& step : steps) {
      if (step.kind < 13) {
        const auto sql = sql_of(step, anna_, ben_);
        log += sql + ";\n";
        database_.run(sql);
      } else if (step.kind == 16) {
        log += "SELECT salesflow.fold_rollups(100000);\n";
        fold();
      } else {
        const int most = step.kind == 13 ? 1 : step.kind == 14 ? 4 : 100'000;
        log += fmt::format("SELECT salesflow.refresh_summaries({});\n", most);
        refresh(most);
      }
    }
    for (int i = 0; i < 4; ++i) {
      TemplateFilter filter;
      const int from = *rc::gen::inRange(-35, 5);
      filter.scope = i % 2 == 0 ? TemplateScope::user : TemplateScope::organization;
      filter.period = {first_day + days(from), first_day + days(*rc::gen::inRange(from, 6)), 30,
                       zones[*rc::gen::inRange<std::size_t>(0, std::size(zones))]};
      filter.window = static_cast<ReplyWindow>(*rc::gen::inRange(1, 6));
      filter.by_channel = *rc::gen::arbitrary<bool>();
      filter.limit_rows = 1000;
      if (*rc::gen::inRange(0, 4) == 0)
        filter.channel = "email";
      act_as(i < 2 ? anna_.user_id : ben_.user_id, i < 2 ? anna_.org_id : ben_.org_id);
      const auto found = difference(filter);
      if (!found.empty())
        RC_FAIL(fmt::format("{}\n{} {}..{} scope {} window {}\n{}", log, filter.period.zone,
                            format_date(*filter.period.first_day), format_date(*filter.period.last_day),
                            static_cast<int>(filter.scope), static_cast<int>(filter.window), found));
    }
    const auto wrong_now = wrong();
    if (!wrong_now.empty())
      RC_FAIL(log + wrong_now);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace salesflow::analytics
