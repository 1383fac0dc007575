#include "generator/load.hpp"

#include <fmt/format.h>

#include <chrono>

#include "generator/tables.hpp"
#include "platform/cluster/sql_session.hpp"

namespace salesflow::generator {
namespace {

using cluster::SqlSession;
using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// Where a trigger counted the messages as they came in, a conversation's counters are twice what they should be.
constexpr const char* reconcile_conversations = R"sql(
UPDATE dm_conversations AS c SET messages_sent = s.sent, messages_received = s.received, last_message_at = s.last_at,
       last_inbound_at = s.last_in, last_outbound_at = s.last_out
FROM (SELECT conversation_id, count(*) FILTER (WHERE direction = 'outbound') AS sent,
             count(*) FILTER (WHERE direction = 'inbound') AS received, max(sent_at) AS last_at,
             max(sent_at) FILTER (WHERE direction = 'inbound') AS last_in,
             max(sent_at) FILTER (WHERE direction = 'outbound') AS last_out
      FROM dm_messages GROUP BY conversation_id) AS s
WHERE c.id = s.conversation_id AND (c.messages_sent, c.messages_received) IS DISTINCT FROM (s.sent, s.received)
)sql";

Result<void> run(SqlSession& session, const std::string& sql) {
  const auto done = session.run(sql);
  return done ? Result<void>() : Result<void>(done.error());
}

Error explain(const SqlSession& session, const Table& table, const Error& error) {
  if (session.last_sqlstate() == "23505") {
    return fail(
        Errc::conflict,
        fmt::format("{}: rows of this seed are there already; use another --seed or an empty database", table.name), {},
        error.log_detail);
  }
  return fail(error.code, fmt::format("{}: {}", table.name, error.public_detail), {}, error.log_detail);
}

}  // namespace

Result<LoadSummary> load(const std::string& url, const Options& options, const LoadOptions& load_options) {
  if (Result<void> valid = check(options); !valid) {
    return valid.error();
  }
  Result<SqlSession> session = SqlSession::connect_settled(url);
  if (!session) {
    return session.error();
  }
  const auto start = steady_clock::now();
  const Population population(options);
  LoadSummary summary;
  LoadProgress progress;
  for (const Table& table : tables()) {
    progress.rows_expected += table.rows_expected(options.sizes);
  }
  // Synchronous also where the server is not: VACUUM marks no page all-visible while a commit of about the same xid has
  // not reached the log.
  std::string begin = "SET synchronous_commit = on; BEGIN; SET LOCAL search_path = public;";
  if (!load_options.triggers) {
    begin += "SET LOCAL session_replication_role = replica;";
  }
  if (Result<void> begun = run(*session, begin); !begun) {
    return begun.error();
  }
  for (const Table& table : tables()) {
    const auto table_start = steady_clock::now();
    const Result<void> started = session->copy_start(fmt::format("COPY {} ({}) FROM STDIN", table.name, table.columns));
    if (!started) {
      return explain(*session, table, started.error());
    }
    CopyRows rows([&](std::string_view bytes) { return session->copy_write(bytes); },
                  [&](std::int64_t so_far) {
                    if (load_options.progress) {
                      load_options.progress({table.name, progress.rows + so_far, progress.rows_expected});
                    }
                  });
    table.write(population, rows);
    const Result<void> sent = rows.finish();
    const Result<std::int64_t> stored = session->copy_finish();
    if (!stored || !sent) {
      return explain(*session, table, !stored ? stored.error() : sent.error());
    }
    progress.rows += *stored;
    summary.tables.push_back({table.name, *stored, seconds_since(table_start)});
  }
  for (const char* statement : {reconcile_conversations, "COMMIT"}) {
    if (Result<void> done = run(*session, statement); !done) {
      return done.error();
    }
  }
  summary.rows = progress.rows;
  summary.load_seconds = seconds_since(start);
  if (!load_options.vacuum)
    return summary;
  const auto vacuum_start = steady_clock::now();
  for (const Table& table : tables()) {
    if (Result<void> done = run(*session, fmt::format("VACUUM (ANALYZE) public.{}", table.name)); !done) {
      return done.error();
    }
  }
  summary.vacuum_seconds = seconds_since(vacuum_start);
  return summary;
}

}  // namespace salesflow::generator
