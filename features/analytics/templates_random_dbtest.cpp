// Live figures of templates and channels against a recount from single messages, on a real PostgreSQL: after whatever
// is written, for any days of any zone, summed up or not.
#include <rapidcheck.h>

#include "tests/support/templates_rig.hpp"

namespace salesflow::analytics {
namespace {

using std::chrono::days;
using Account = test::TestDatabase::Account;

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

class TemplatesRandomly : public TemplatesRig {};

TEST_F(TemplatesRandomly, AreWhatSingleMessagesSayWhateverIsWritten) {
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
