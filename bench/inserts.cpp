#include "bench/inserts.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "bench/contract_indexes.hpp"
#include "bench/dataset.hpp"
#include "bench/load.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t events_full = 250'000, events_quick = 100'000;
constexpr int clients = 4;
constexpr double single_ratio_min = 0.95, triggers_ratio_min = 0.82, copy_ratio_min = 0.85;

/// Ids by default, users of very different size. The service names the organisation; the old one does not know that
/// column, and a trigger looks it up.
std::string insert_script(bool with_org) {
  return fmt::format(R"(\set user random_zipfian(1, 200, 1.1)
\set contact random(1, 5000)
INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, raw_payload{})
VALUES (('00000000-0000-4000-8000-' || lpad(:user::text, 12, '0'))::uuid,
        ('00000000-0000-4000-9000-' || lpad(:contact::text, 12, '0'))::uuid, 'whatsapp', 'inbound',
        'Guten Tag, vielen Dank fuer Ihr Angebot. Koennen wir am Donnerstag um 10 Uhr telefonieren?',
        '{{"source": "bench"}}'{});
)",
                     with_org ? ", org_id" : "", with_org ? ", '00000000-0000-4000-a000-000000000001'" : "");
}

/// One copy of the data and what stands on it.
struct Variant {
  const char* name;
  bool our_indexes, triggers;
  std::string database() const { return std::string("inserts_") + name; }
};
constexpr Variant variants[] = {{"contract", false, false}, {"indexes", true, false}, {"triggers", true, true}};

void prepare_variant(Dataset& data, const std::string& from, const Variant& variant) {
  data.copy(from, variant.database());
  auto superuser = data.connect(variant.database(), Login::superuser);
  if (!variant.triggers) {
    superuser.run("ALTER TABLE message_events DISABLE TRIGGER USER").value();
  }
  if (!variant.our_indexes) {
    const auto ours = superuser
                          .run(
                              "SELECT indexrelid::regclass FROM pg_index "
                              "WHERE indrelid = 'message_events'::regclass AND NOT indisprimary")
                          .value();
    for (std::size_t row = 0; row < ours.rows.size(); ++row) {
      superuser.run("DROP INDEX " + ours.value(row)).value();
    }
    for (const std::string_view index : contract_indexes) {
      superuser.run(std::string(index)).value();
    }
  }
  superuser.run("VACUUM (ANALYZE) message_events").value();
}

double wal_bytes(Dataset& data) {
  return std::stod(data.connect("postgres", Login::superuser)
                       .run("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
                       .value()
                       .value());
}

/// COPY of the same rows into each variant; rows a second.
Sample copy_rows(Dataset& data, const Variant& variant, const std::string& rows, std::int64_t count) {
  auto owner = data.connect(variant.database(), Login::owner);
  const auto started = steady_clock::now();
  owner
      .copy_start(
          "COPY message_events (user_id, org_id, contact_id, channel, direction, normalized_text, raw_payload, "
          "autopilot_status, created_at) FROM STDIN")
      .value();
  owner.copy_write(rows).value();
  if (const auto stored = owner.copy_finish().value(); stored != count) {
    throw std::runtime_error(fmt::format("COPY stored {} of {} rows", stored, count));
  }
  Sample sample;
  sample.requests = static_cast<std::uint64_t>(count);
  sample.per_second = static_cast<double>(count) / std::chrono::duration<double>(steady_clock::now() - started).count();
  return sample;
}

/// Rows of the dataset as COPY text: real texts, real users.
std::string read_rows(Dataset& data, const std::string& database, std::int64_t count) {
  const auto found =
      data.connect(database, Login::superuser)
          .run(fmt::format("SELECT string_agg(concat_ws(E'\\t', user_id, coalesce(org_id::text, '\\N'), "
                           "coalesce(contact_id::text, '\\N'), channel, "
                           "direction, replace(replace(replace(replace(normalized_text, '\\', '\\\\'), E'\\t', '\\t'), "
                           "E'\\n', '\\n'), E'\\r', '\\r'), '\\N', autopilot_status, created_at) || E'\\n', '') "
                           "FROM (SELECT * FROM message_events ORDER BY id LIMIT {}) AS e",
                           count))
          .value();
  return found.value();
}

void measure_singles(Dataset& data, const RoundPlan& plan, Progress& progress, Report& report) {
  const auto script = std::filesystem::absolute("build/bench/plans/insert.sql");
  write_text(script, insert_script(true));
  const auto old_script = std::filesystem::absolute("build/bench/plans/insert_old.sql");
  write_text(old_script, insert_script(false));
  std::vector<Contestant> contestants;
  std::vector<double> wal(std::size(variants)), rows(std::size(variants));
  for (std::size_t i = 0; i < std::size(variants); ++i) {
    const std::string url = data.url(variants[i].database(), Login::owner);
    contestants.push_back(
        {variants[i].name, [&, i, url](milliseconds duration) {
           const double before = wal_bytes(data);
           const Sample sample = run_pgbench(url, {{script, 1}}, {}, duration, {-1, data.pid()}, clients);
           wal[i] += wal_bytes(data) - before;
           rows[i] += static_cast<double>(sample.requests);
           return sample;
         }});
  }
  contestants.push_back(
      {"old_service", [&, url = data.url(variants[2].database(), Login::owner)](milliseconds duration) {
         return run_pgbench(url, {{old_script, 1}}, {}, duration, {-1, data.pid()}, clients);
       }});
  const auto all = run_in_turns("inserts", contestants, plan, progress);
  report.rounds("inserts", all);
  const Series& contract = find_series(all, "contract");
  const auto against = [&](const std::string& check, const char* name, double target) {
    const Series& ours = find_series(all, name);
    report.check(check, median_ratio(ours, contract, &Sample::per_second), "ratio", Op::at_least, target,
                 {format_number(median_of(ours, &Sample::per_second), 0) + "/s",
                  "contract's nine " + format_number(median_of(contract, &Sample::per_second), 0) + "/s"});
  };
  against("insert_rate_with_our_indexes", "indexes", single_ratio_min);
  against("insert_rate_with_outbox_trigger", "triggers", triggers_ratio_min);
  const Series& old_service = find_series(all, "old_service");
  report.inform("insert_rate_of_an_old_service", median_ratio(old_service, contract, &Sample::per_second), "ratio",
                {format_number(median_of(old_service, &Sample::per_second), 0) + "/s", "its organisation looked up"});
  for (std::size_t i = 1; i < std::size(variants); ++i) {
    report.inform(fmt::format("insert_wal_{}", variants[i].name), wal[i] / rows[i], "B a row",
                  {"", fmt::format("contract's nine {:.0f}", wal[0] / rows[0])});
  }
}

void measure_copies(Dataset& data, const std::string& source, std::int64_t count, int rounds, Progress& progress,
                    Report& report) {
  const std::string rows = read_rows(data, source, count);
  std::vector<Contestant> contestants;
  for (const Variant& variant : variants) {
    contestants.push_back({variant.name, [&](milliseconds) { return copy_rows(data, variant, rows, count); }});
  }
  const auto all = run_in_turns("copy", contestants, {rounds, milliseconds(0), milliseconds(0)}, progress);
  report.rounds("copy", all);
  const Series& contract = find_series(all, "contract");
  const Series& ours = find_series(all, "triggers");
  report.check("copy_rate_with_all", median_ratio(ours, contract, &Sample::per_second), "ratio", Op::at_least,
               copy_ratio_min,
               {format_number(median_of(ours, &Sample::per_second), 0) + " rows/s",
                "contract's nine " + format_number(median_of(contract, &Sample::per_second), 0) + " rows/s"});
  const auto index_mib = [&](const Variant& variant) {
    return static_cast<double>(data.connect(variant.database(), Login::superuser)
                                   .run("SELECT pg_indexes_size('message_events')")
                                   .value()
                                   .integer()) /
           (1 << 20);
  };
  report.inform("index_size", index_mib(variants[2]), "MiB",
                {"", fmt::format("contract's nine {:.0f} MiB", index_mib(variants[0]))});
}

}  // namespace

std::vector<std::string> inserts_parts() {
  return {"single", "copy"};
}

void bench_inserts(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const RoundPlan singles = options.quick ? RoundPlan{2, milliseconds(1'000), milliseconds(0)}
                                          : RoundPlan{6, milliseconds(4'000), milliseconds(1'000)};
  const int copies = options.quick ? 1 : 3;
  const auto events = std::llround(static_cast<double>(options.quick ? events_quick : events_full) * options.scale);
  const auto copied = std::min<std::int64_t>(events, options.quick ? 20'000 : 200'000);
  Progress progress("inserts", (singles.rounds * singles.duration + singles.warm_up) * 4);
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  const std::string source = data.prepare(events, progress);
  for (const Variant& variant : variants) {
    progress.step(fmt::format("copying the data: {}", variant.name));
    prepare_variant(data, source, variant);
  }
  data.set_synchronous_commit(false);
  if (wants("single")) {
    measure_singles(data, singles, progress, report);
  }
  if (wants("copy")) {
    measure_copies(data, source, copied, copies, progress, report);
  }
  data.set_synchronous_commit(true);
  for (const Variant& variant : variants) {
    data.drop(variant.database());
  }
  report.note(fmt::format(
      "{} rows in each table before; {} clients, synchronous_commit off, {} rounds in turns; COPY of {} rows.",
      format_number(static_cast<double>(events)), clients, singles.rounds, format_number(static_cast<double>(copied))));
}

}  // namespace salesflow::bench
