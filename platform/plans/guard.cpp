#include "platform/plans/guard.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <utility>

#include "platform/plans/catalogue_check.hpp"

namespace salesflow::plans {
namespace {

namespace json = boost::json;
using cluster::SqlSession;

bool is_lost(const Error& error) {
  return error.code == Errc::unavailable;
}

}  // namespace

Guard::Guard(std::span<const CatalogueEntry> statements, GuardSettings settings) : settings_(settings) {
  for (const CatalogueEntry& entry : statements) {
    if (entry.unplanned.empty() && entry.query->mode == QueryMode::read) {
      Watched watched;
      watched.entry = &entry;
      watched.budget = Budget::parse(entry.query->budget);
      watched_.push_back(std::move(watched));
    }
  }
}

GuardView Guard::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void Guard::rest(std::string why, Look& look) {
  counted_.clear();
  const std::lock_guard lock(mutex_);
  look.began_to_rest = view_.rests != why;
  view_.rests = std::move(why);
  view_.use.clear();
}

/// The generic plan as it is made now, without costs, and the id under which PostgreSQL counts the statement.
Result<Guard::Described> Guard::describe(SqlSession& session, const Query& query) const {
  const std::string execute = " EXECUTE checked" + no_arguments(query);
  Result<cluster::SqlRows> plan = session.run(
      "BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '500ms'; SET LOCAL "
      "plan_cache_mode "
      "= force_generic_plan; " +
      prepare_sql(query));
  if (plan)
    plan = session.run("EXPLAIN (COSTS off)" + execute);
  Result<cluster::SqlRows> whole = plan;
  if (plan)
    whole = session.run("EXPLAIN (VERBOSE, COSTS off, FORMAT JSON)" + execute);
  const auto ended = session.run("ROLLBACK; DEALLOCATE ALL");
  if (!whole)
    return whole.error();
  if (!ended)
    return ended.error();
  Described described;
  for (const auto& row : plan->rows)
    described.plan += row.at(0).value_or("") + "\n";
  json::parse_options deep;
  deep.max_depth = 128;  // a level of a plan is two of its JSON
  const auto root = json::parse(whole->value(), {}, deep);
  const auto& object = root.as_array().at(0).as_object();
  if (const auto* id = object.if_contains("Query Identifier"))
    described.id = id->to_number<std::int64_t>();
  return described;
}

/// The schema of pg_stat_statements, quoted. Errors: not_found with the reason.
Result<std::string> Guard::find_extension(SqlSession& session) const {
  const auto found = session.run(
      "SELECT pg_catalog.quote_ident(n.nspname), pg_catalog.current_setting('compute_query_id', true) FROM "
      "pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = "
      "'pg_stat_statements'");
  if (!found)
    return found.error();
  if (found->empty())
    return fail(Errc::not_found, "pg_stat_statements is not in this database: CREATE EXTENSION pg_stat_statements");
  if (found->value(0, 1) == "off")
    return fail(Errc::not_found, "compute_query_id is off: statements have no ids");
  return found->value();
}

Result<void> Guard::learn(SqlSession& session, TimePoint now) {
  std::size_t learned = 0;
  bool changed = false;
  for (Watched& watched : watched_) {
    if (learned >= settings_.learned_a_look || stopped_)
      break;
    if (watched.id_at && now - *watched.id_at < settings_.ids_for)
      continue;
    ++learned;
    const auto described = describe(session, *watched.entry->query);
    if (!described && is_lost(described.error()))
      return described.error();
    watched.id_at = now;
    const std::int64_t id = described ? described->id : 0;  // a statement that cannot be planned here is not watched
    changed = changed || id != watched.id;
    watched.id = id;
  }
  if (changed) {
    by_id_.clear();
    for (Watched& watched : watched_) {
      if (watched.id != 0)
        by_id_[watched.id].push_back(&watched);
    }
    const auto surroundings = Surroundings::read(session);
    if (!surroundings)
      return surroundings.error();
    partitions_ = surroundings->partitions;
  }
  return {};
}

Result<void> Guard::count(SqlSession& session, const std::string& schema, TimePoint now) {
  const auto rows = session.run(
      "SELECT s.queryid, sum(s.calls), sum(s.rows), sum(s.shared_blks_hit + s.shared_blks_read) FROM " + schema +
      ".pg_stat_statements(false) AS s WHERE s.toplevel AND s.queryid IS NOT NULL AND s.dbid = (SELECT d.oid FROM "
      "pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AND s.userid = (SELECT r.oid FROM "
      "pg_catalog.pg_roles AS r WHERE r.rolname = current_user) GROUP BY 1");
  if (!rows)
    return rows.error();
  std::set<std::int64_t> found;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    const std::int64_t id = rows->integer(i, 0);
    if (!by_id_.contains(id))
      continue;
    found.insert(id);
    auto& samples = counted_[id].samples;
    const Sample sample{now, rows->integer(i, 1), rows->integer(i, 2), rows->integer(i, 3)};
    if (!samples.empty() && sample.calls < samples.back().calls)
      samples.clear();  // the counters were reset, or their place was taken by another and given back
    samples.push_back(sample);
    // The newest one that is as old as the window begins it.
    while (samples.size() > 2 && samples[1].at <= now - settings_.window)
      samples.pop_front();
  }
  // One that is not counted there was not called so far: what is counted at the next look is of the time between.
  for (const auto& [id, watched] : by_id_) {
    if (!found.contains(id))
      counted_[id].samples.assign(1, Sample{now, 0, 0, 0});
  }
  return {};
}

/// A statement is over its budget, by `seen`: named with its plans when that is new.
Result<void> Guard::depart(SqlSession& session, Watched& watched, const Departure& seen, Look& look) {
  std::optional<std::string> now_plan;
  std::string why;
  const auto described = describe(session, *watched.entry->query);
  if (described)
    now_plan = described->plan;
  else if (is_lost(described.error()))
    return described.error();
  else
    why = described.error().public_detail;
  const std::lock_guard lock(mutex_);
  auto& all = view_.departures;
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](const Departure& one) { return one.entry == watched.entry && one.is_over; });
  if (known != all.end()) {
    if (seen.buffers_a_call / seen.budget > known->buffers_a_call / known->budget) {
      known->buffers_a_call = seen.buffers_a_call;
      known->budget = seen.budget;
      known->rows_a_call = seen.rows_a_call;
      known->calls = seen.calls;
    }
    known->last_at = seen.last_at;
    if (now_plan)
      known->plan_now = std::move(now_plan);
    known->no_plan = std::move(why);
    return {};
  }
  Departure departure = seen;
  departure.plan_before = watched.plan;
  departure.plan_now = std::move(now_plan);
  departure.no_plan = std::move(why);
  look.left.push_back(departure);
  all.insert(all.begin(), std::move(departure));
  if (all.size() > settings_.kept_max)
    all.pop_back();
  return {};
}

Result<void> Guard::judge(SqlSession& session, TimePoint now, Look& look) {
  std::map<std::string_view, BufferUse> use;
  std::size_t remembered = 0;
  Surroundings around;
  around.partitions = partitions_;
  for (auto& [id, counted] : counted_) {
    const auto watching = by_id_.find(id);
    if (watching == by_id_.end() || counted.samples.size() < 2 || counted.samples.back().at != now)
      continue;
    const Sample& first = counted.samples.front();
    const Sample& last = counted.samples.back();
    const std::int64_t calls = last.calls - first.calls;
    if (calls <= 0)
      continue;
    ++look.statements;
    auto& sum = use[watching->second.front()->entry->query->name];
    sum.calls += calls;
    sum.buffers += last.buffers - first.buffers;
    if (calls < settings_.calls_min || stopped_)
      continue;
    Departure seen;
    seen.since = seen.last_at = now;
    seen.calls = calls;
    seen.buffers_a_call = static_cast<double>(last.buffers - first.buffers) / static_cast<double>(calls);
    seen.rows_a_call = static_cast<double>(last.rows - first.rows) / static_cast<double>(calls);
    for (const Watched* watched : watching->second) {
      // Two may share an id, when they differ in a constant only: the larger budget counts.
      seen.budget = std::max(seen.budget, watched->budget.for_rows(seen.rows_a_call) +
                                              static_cast<double>(around.allowance(*watched->entry->query)));
    }
    Watched& watched = *watching->second.front();
    seen.entry = watched.entry;
    if (seen.buffers_a_call > seen.budget) {
      counted.is_over = true;
      if (auto named = depart(session, watched, seen, look); !named)
        return named.error();
      continue;
    }
    if (std::exchange(counted.is_over, false)) {
      const std::lock_guard lock(mutex_);
      for (Departure& departure : view_.departures) {
        if (departure.entry != watched.entry || !departure.is_over)
          continue;
        departure.is_over = false;
        look.returned.push_back(departure);
      }
    }
    if ((!watched.plan || now - watched.plan_at > settings_.remembered_for) &&
        remembered < settings_.remembered_a_look) {
      ++remembered;
      const auto described = describe(session, *watched.entry->query);
      if (!described && is_lost(described.error()))
        return described.error();
      if (described) {
        watched.plan = described->plan;
        watched.plan_at = now;
      }
    }
  }
  const std::lock_guard lock(mutex_);
  view_.use = std::move(use);
  return {};
}

Result<Look> Guard::look(SqlSession& session, TimePoint now) {
  Look look;
  const auto schema = find_extension(session);
  if (!schema) {
    if (is_lost(schema.error()))
      return schema.error();
    rest(schema.error().public_detail, look);
    return look;
  }
  if (auto learned = learn(session, now); !learned)
    return learned.error();
  if (auto read = count(session, *schema, now); !read) {
    if (is_lost(read.error()))
      return read.error();
    rest(read.error().public_detail, look);  // not preloaded, or not for this login
    return look;
  }
  if (by_id_.empty() && !stopped_) {
    rest("no statement of the service can be planned with this login, or none has an id", look);
    return look;
  }
  {
    const std::lock_guard lock(mutex_);
    view_.rests.clear();
    view_.looked_at = now;
    view_.statements_known = by_id_.size();
  }
  if (auto judged = judge(session, now, look); !judged)
    return judged.error();
  return look;
}

}  // namespace salesflow::plans
