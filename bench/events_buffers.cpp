#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <limits>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/events_statements.hpp"
#include "bench/statement.hpp"

namespace salesflow::bench {
namespace {

namespace json = boost::json;
using cluster::quote_literal;
using cluster::SqlSession;

constexpr int pending_rows = 20;
constexpr unsigned filter_sets = 16;  // each of status, contact, channel, direction in or out
constexpr std::array<const char*, 4> filter_columns{"autopilot_status", "contact_id", "channel", "direction"};
/// Ten times the events may make an index one level deeper; a page that costs more than that grows with the table.
constexpr double flat_growth_max = 1.1;
constexpr std::int64_t descent_buffers = 3;

/// The dearest case of one statement family: how many buffers more than rows.
struct Worst {
  std::int64_t over_rows = -1;
  PlanCost cost;
  std::string where;

  void take(const PlanCost& measured, std::string place) {
    if (const std::int64_t over = measured.buffers - measured.rows; over > over_rows) {
      over_rows = over;
      cost = measured;
      where = std::move(place);
    }
  }
};

/// What one database costs.
struct Costs {
  Worst list, pending, filters, absent;
  std::vector<PlanCost> pages;  // of all statements that must stay flat, in the same order for every size
  json::array raw;
};

std::string describe_filters(unsigned set) {
  std::string text;
  for (unsigned i = 0; i < filter_columns.size(); ++i) {
    if ((set & 1U << i) != 0) {
      text += (text.empty() ? "" : "+") + std::string(filter_columns[i]);
    }
  }
  return text.empty() ? "no filter" : text;
}

/// The values of these columns that most of the user's events have: what people filter by.
ListFilters common_values(SqlSession& superuser, const std::string& user_id, unsigned set) {
  ListFilters filters;
  if (set == 0) {
    return filters;
  }
  std::string columns;
  for (unsigned i = 0; i < filter_columns.size(); ++i) {
    if ((set & 1U << i) != 0) {
      columns += (columns.empty() ? "" : ", ") + std::string(filter_columns[i]);
    }
  }
  const auto found =
      superuser
          .run(fmt::format("SELECT {0} FROM message_events WHERE user_id = $1 AND ({0}) IS NOT NULL GROUP BY {0} "
                           "ORDER BY count(*) DESC, {0} LIMIT 1",
                           columns),
               {user_id})
          .value();
  std::size_t column = 0;
  const std::array<std::string*, 4> targets{&filters.status, &filters.contact_id, &filters.channel, &filters.direction};
  for (unsigned i = 0; i < targets.size(); ++i) {
    if ((set & 1U << i) != 0) {
      *targets[i] = quote_literal(found.value(0, column++));
    }
  }
  return filters;
}

/// The middle of the user's events, as a cursor.
PageStart deep_page(SqlSession& superuser, const std::string& user_id) {
  const auto found =
      superuser
          .run(
              "SELECT created_at, id FROM message_events WHERE user_id = $1 ORDER BY created_at DESC, id DESC "
              "OFFSET (SELECT count(*) / 2 FROM message_events WHERE user_id = $1) LIMIT 1",
              {user_id})
          .value();
  return {quote_literal(found.value(0, 0)), quote_literal(found.value(0, 1))};
}

Costs measure(Dataset& data, const std::string& database, const std::vector<BenchUser>& users) {
  SqlSession superuser = data.connect(database, Login::superuser), app = data.connect(database, Login::app);
  const std::string limit = std::to_string(list_rows + 1), pending_limit = std::to_string(pending_rows + 1);
  Costs costs;
  for (const BenchUser* user : {&users.front(), &users.back()}) {
    const std::string user_id = quote_literal(user->id);
    const PageStart first, deep = deep_page(superuser, user->id);
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      const auto run = [&](const StatementCall& call, Worst& worst, const std::string& what) {
        const PlanCost cost = explain(app, *call.query, call.arguments, user->id, mode);
        const std::string place = fmt::format("{}, {} plan, user with {} events", what, to_string(mode), user->events);
        worst.take(cost, place);
        costs.raw.push_back(json::object{{"what", what},
                                         {"plan", to_string(mode)},
                                         {"user_events", user->events},
                                         {"buffers", cost.buffers},
                                         {"rows", cost.rows}});
        if (&worst != &costs.absent) {
          costs.pages.push_back(cost);
        }
      };
      for (unsigned set = 0; set < filter_sets; ++set) {
        const ListFilters filters = common_values(superuser, user->id, set);
        for (const auto& [start, name] : {std::pair{&first, ", first page"}, std::pair{&deep, ", deep page"}}) {
          run(list_call(user_id, filters, *start, limit), costs.filters, describe_filters(set) + name);
        }
      }
      const ListFilters status{.status = quote_literal(list_status), .contact_id = {}, .channel = {}, .direction = {}};
      run(list_call(user_id, status, first, limit), costs.list, "the page");
      for (const std::string& channel : {std::string(), common_values(superuser, user->id, 4).channel}) {
        run(pending_call(user_id, channel, pending_limit), costs.pending,
            channel.empty() ? "pending" : "pending of a channel");
      }
      // The column is text: a word that no row holds is planned like a channel this user has none of.
      const ListFilters absent{.status = {}, .contact_id = {}, .channel = "'none'", .direction = {}};
      run(list_call(user_id, absent, first, limit), costs.absent, "a channel the user has none of");
    }
  }
  return costs;
}

/// The worst ratio of buffers, over the pages that have the same number of rows at both sizes. In a small table several
/// rows of a page share a heap block; what that saves is no growth of the statement, so a row counts one block at
/// least.
double worst_growth(const std::vector<PlanCost>& small, const std::vector<PlanCost>& full) {
  double worst = 0;
  for (std::size_t i = 0; i < small.size(); ++i) {
    if (small[i].rows > 0 && small[i].rows == full.at(i).rows) {
      const std::int64_t before = std::max(small[i].buffers, small[i].rows + descent_buffers);
      worst = std::max(worst, static_cast<double>(full[i].buffers) / static_cast<double>(before));
    }
  }
  return worst > 0 ? worst : std::numeric_limits<double>::infinity();  // nothing to compare is no success
}

}  // namespace

void measure_buffers(EventsStage& stage) {
  const auto choose = [&](const std::string& database) {
    return choose_users(stage.data, database, stage.key, list_status, list_rows + 1,
                        static_cast<int>(stage.users.size()));
  };
  stage.progress.step("buffers: " + stage.small_database);
  const Costs small = measure(stage.data, stage.small_database, choose(stage.small_database));
  stage.progress.step("buffers: " + stage.database);
  const Costs full = measure(stage.data, stage.database, choose(stage.database));

  const auto check = [&](const char* name, const Worst& worst, double target) {
    stage.report.check(name, static_cast<double>(worst.over_rows), "buffers + rows", Op::at_most, target,
                       {fmt::format("{} for {} rows", worst.cost.buffers, worst.cost.rows), worst.where});
  };
  check("buffers_list_page", full.list, 8);
  check("buffers_pending_page", full.pending, 5);
  check("buffers_filter_combinations", full.filters, 25);
  stage.report.check(
      "buffers_absent_channel", static_cast<double>(full.absent.cost.buffers), "buffers", Op::at_most, 650,
      {fmt::format("{} for {} rows", full.absent.cost.buffers, full.absent.cost.rows), full.absent.where});
  const double growth = worst_growth(small.pages, full.pages);
  stage.report.check("buffers_growth_at_ten_times_the_events", growth, "ratio", Op::at_most, flat_growth_max,
                     {"worst of all full pages above", stage.small_database + " to " + stage.database});
  stage.report.detail("buffers", json::object{{stage.small_database, small.raw}, {stage.database, full.raw}});
}

}  // namespace salesflow::bench
