#include <fmt/format.h>

#include <stdexcept>

#include "bench/kpi_stage.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace json = boost::json;

constexpr int claim_clients = 4, claim_rounds = 3;

/// Bytes of a database and of its indexes and views, which the strategy's own are part of.
json::object sizes_of(KpiStage& stage, const std::string& database) {
  auto session = stage.data.connect(database, Login::superuser);
  const auto sum = [&](const char* sql) { return session.run(sql).value().integer(); };
  return {
      {"bytes", sum("SELECT pg_database_size(current_database())")},
      {"index_bytes",
       sum("SELECT coalesce(sum(pg_relation_size(c.oid)), 0) FROM pg_class AS c WHERE c.relkind = 'i' AND "
           "c.relnamespace IN ('public'::regnamespace, to_regnamespace('salesflow'))")},
      {"view_bytes", sum("SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relkind = 'm'")},
      {"indexes", sum("SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace")}};
}

/// Single inserts and changes of a status into copies of before, with the strategy's indexes and without, in turns.
void measure_writes(KpiStage& stage, json::object& claims) {
  const std::string users = fmt::format("'{}'", stage.users.front().id);
  const auto insert = std::filesystem::absolute("build/bench/plans/kpi_insert.sql");
  write_text(insert, fmt::format(R"(\set contact random(1, 5000)
INSERT INTO message_events (id, user_id, contact_id, channel, direction, normalized_text, raw_payload, autopilot_status, created_at)
VALUES (gen_random_uuid(), {}, ('00000000-0000-4000-9000-' || lpad(:contact::text, 12, '0'))::uuid, 'whatsapp', 'inbound',
        'Guten Tag, vielen Dank fuer Ihr Angebot. Koennen wir am Donnerstag telefonieren?', '{{}}', 'pending', now());
)",
                                 users));
  struct Variant {
    const char* name;
    std::string from;
  };
  const Variant variants[] = {{"before", stage.databases.before}, {"strategy", stage.databases.strategy}};
  std::vector<Contestant> contestants;
  for (const Variant& variant : variants) {
    const std::string copy = fmt::format("kpi_writes_{}", variant.name);
    stage.progress.step("copying the data: " + copy);
    stage.data.copy(variant.from, copy);
    contestants.push_back(
        {variant.name, [&stage, insert, url = stage.data.url(copy, Login::owner)](milliseconds duration) {
           return run_pgbench(url, {{insert, 1}}, {}, duration, {-1, stage.data.pid()}, claim_clients);
         }});
  }
  stage.data.set_synchronous_commit(false);
  const auto all =
      run_in_turns("single inserts", contestants, {claim_rounds, stage.times.batch, milliseconds(0)}, stage.progress);
  const double ratio = median_ratio(find_series(all, "strategy"), find_series(all, "before"), &Sample::per_second);
  claims["insert"] = json::object{{"before_per_second", median_of(find_series(all, "before"), &Sample::per_second)},
                                  {"strategy_per_second", median_of(find_series(all, "strategy"), &Sample::per_second)},
                                  {"slower_percent", 100 * (1 - ratio)}};
  // Every event of the last days changes its status: what the indexes that hold it grow by.
  for (const Variant& variant : variants) {
    auto session = stage.data.connect(fmt::format("kpi_writes_{}", variant.name), Login::superuser);
    const auto index_bytes = [&] { return session.run("SELECT pg_indexes_size('message_events')").value().integer(); };
    session.run("VACUUM message_events").value();
    session.run("REINDEX TABLE message_events").value();
    const auto fresh = index_bytes();
    const auto began = steady_clock::now();
    const auto changed =
        session
            .run(
                "UPDATE message_events SET autopilot_status = CASE autopilot_status WHEN 'pending' THEN "
                "'approved' ELSE 'pending' END WHERE created_at >= (SELECT max(created_at) FROM "
                "message_events) - interval '14 days'")
            .value()
            .affected;
    const double took = std::chrono::duration<double>(steady_clock::now() - began).count();
    session.run("VACUUM message_events").value();
    const auto bloated = index_bytes();
    claims[std::string("status_changes_") + variant.name] =
        json::object{{"rows", changed},
                     {"us_a_row", took * 1e6 / static_cast<double>(std::max<std::int64_t>(changed, 1))},
                     {"index_bytes_before", fresh},
                     {"index_bytes_after", bloated},
                     {"bloat_percent", 100.0 * static_cast<double>(bloated - fresh) / static_cast<double>(fresh)}};
  }
  stage.data.set_synchronous_commit(true);
  for (const Variant& variant : variants)
    stage.data.drop(fmt::format("kpi_writes_{}", variant.name));
}

}  // namespace

void measure_claims(KpiStage& stage) {
  json::object claims;
  const std::pair<const char*, std::string> databases[] = {
      {"before", stage.databases.before}, {"strategy", stage.databases.strategy}, {"salesflow", stage.databases.ours}};
  for (const auto& [name, database] : databases)
    claims[name] = sizes_of(stage, database);
  json::object refresh;
  for (const char* view : {"mv_rlhf_sessions_daily", "mv_template_performance", "mv_hot_leads"}) {
    stage.progress.step(fmt::format("refreshing {}", view));
    // Ends with the round: a database that is copied must have no session.
    auto refreshing = stage.data.connect(stage.databases.strategy, Login::owner);
    const auto began = steady_clock::now();
    refreshing.run(fmt::format("REFRESH MATERIALIZED VIEW CONCURRENTLY {}", view)).value();
    refresh[view] = std::chrono::duration<double>(steady_clock::now() - began).count();
  }
  claims["refresh_s"] = std::move(refresh);
  measure_writes(stage, claims);
  stage.result["claims"] = std::move(claims);
}

}  // namespace salesflow::bench
