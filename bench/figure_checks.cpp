#include "bench/figure_checks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

#include "features/analytics/dashboard.hpp"
#include "features/analytics/dashboard_store.hpp"
#include "features/analytics/queries.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::bench {
namespace {

using analytics::CountedSessionsRow;
using analytics::DashboardQuery;
using analytics::DashboardReport;
using analytics::DashboardScope;
using analytics::DayRange;
using analytics::Interval;
using analytics::SessionDayRow;
using analytics::Source;
using cluster::quote_literal;
using cluster::SqlSession;

/// '2026-11-29 16:00:00.5+00' of a session in UTC.
TimePoint read_time(std::string text) {
  text[text.find(' ')] = 'T';
  text.replace(text.rfind("+00"), 3, "Z");
  return parse_rfc3339(text).value();
}

std::vector<std::byte> read_bytes(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t at = 2; at + 1 < hex.size(); at += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

std::string literal(const std::optional<Date>& day) {
  return day ? quote_literal(format_date(*day)) : "NULL";
}

/// The dashboard's store over one blocking session, whose transaction is the snapshot.
class SessionStore final : public analytics::DashboardStore {
 public:
  explicit SessionStore(SqlSession& session) : session_(session) {}

  static void prepare(SqlSession& session) {
    const std::string live = "(uuid, date, date) AS ";
    session.run("PREPARE list_local_days(text, date, date) AS " + std::string(analytics::sql::list_local_days.text))
        .value();
    session.run("PREPARE read_org_sessions" + live + std::string(analytics::sql::read_org_sessions.text)).value();
    session.run("PREPARE read_user_sessions" + live + std::string(analytics::sql::read_user_sessions.text)).value();
    session.run("PREPARE list_org_session_days" + live + std::string(analytics::sql::list_org_session_days.text))
        .value();
    session.run("PREPARE list_user_session_days" + live + std::string(analytics::sql::list_user_session_days.text))
        .value();
    const std::string raw = "(uuid, text, date, date, int4, bool, text) AS ";
    using count = analytics::sql::recount_sessions;
    session.run("PREPARE recount_org" + raw + std::string(count::pick(0U, count::Scope::organization).text)).value();
    session.run("PREPARE recount_user" + raw + std::string(count::pick(0U, count::Scope::user).text)).value();
  }

  Task<Result<RowSet<analytics::LocalDayRow>>> list_local_days(RequestContext&, std::string zone, Date first,
                                                               Date last) override {
    const auto found = session_.run(fmt::format("EXECUTE list_local_days ({}, '{}', '{}')", quote_literal(zone),
                                                format_date(first), format_date(last)));
    if (!found)
      co_return found.error();
    RowSet<analytics::LocalDayRow> rows;
    for (const auto& cells : found->rows)
      rows.rows.push_back({parse_date(cells[0].value()).value(), read_time(cells[1].value())});
    co_return rows;
  }

  Task<Result<RowSet<analytics::PackedDayRow>>> list_session_days(RequestContext& request, DashboardScope scope,
                                                                  Date first, Date last) override {
    const bool of_user = scope == DashboardScope::user;
    const auto found =
        session_.run(fmt::format("EXECUTE list_{}_session_days ('{}', '{}', '{}')", of_user ? "user" : "org",
                                 (of_user ? request.identity.user_id : request.identity.org_id).to_string(),
                                 format_date(first), format_date(last)));
    if (!found)
      co_return found.error();
    RowSet<analytics::PackedDayRow> rows;
    auto kept = std::make_shared<std::vector<std::vector<std::byte>>>();
    kept->reserve(found->rows.size() * 2);
    for (const auto& cells : found->rows) {
      auto& row = rows.rows.emplace_back();
      row.day = parse_date(cells[0].value()).value();
      if (cells[1])
        row.quarters = kept->emplace_back(read_bytes(*cells[1]));
      if (cells[2])
        row.people = kept->emplace_back(read_bytes(*cells[2]));
    }
    rows.bytes = kept;
    co_return rows;
  }

  Task<Result<RowSet<SessionDayRow>>> read_session_days(RequestContext& request, DashboardScope scope, Date first,
                                                        Date last) override {
    const bool of_user = scope == DashboardScope::user;
    const auto found =
        session_.run(fmt::format("EXECUTE read_{}_sessions ('{}', '{}', '{}')", of_user ? "user" : "org",
                                 (of_user ? request.identity.user_id : request.identity.org_id).to_string(),
                                 format_date(first), format_date(last)));
    if (!found)
      co_return found.error();
    RowSet<SessionDayRow> rows;
    auto kept = std::make_shared<std::vector<std::vector<std::byte>>>();
    auto texts = std::make_shared<std::vector<std::string>>();
    kept->reserve(found->rows.size() * 2);
    texts->reserve(found->rows.size());
    const auto bytes = [&](const std::string& text) {
      return std::span<const std::byte>(kept->emplace_back(read_bytes(text)));
    };
    for (const auto& cells : found->rows) {
      auto& row = rows.rows.emplace_back();
      if (cells[0])
        row.day = parse_date(*cells[0]);
      if (cells[1])
        row.quarters = bytes(*cells[1]);
      if (cells[2])
        row.people = bytes(*cells[2]);
      if (cells[3])
        row.at = read_time(*cells[3]);
      if (cells[4])
        row.number = std::stoi(*cells[4]);
      if (cells[5])
        row.user_id = Uuid::parse(*cells[5]);
      if (cells[6])
        row.outcome = texts->emplace_back(*cells[6]);
      if (cells[7])
        row.reward = std::stoll(*cells[7]);
    }
    rows.bytes = std::make_shared<std::pair<decltype(kept), decltype(texts)>>(kept, texts);
    co_return rows;
  }

  Task<Result<RowSet<CountedSessionsRow>>> count_sessions(RequestContext& request, Source, DashboardScope scope,
                                                          std::string zone, DayRange range,
                                                          Interval interval) override {
    const bool of_user = scope == DashboardScope::user;
    const auto found = session_.run(
        fmt::format("EXECUTE recount_{} ('{}', {}, {}, {}, {}, {}, '{}')", of_user ? "user" : "org",
                    (of_user ? request.identity.user_id : request.identity.org_id).to_string(), quote_literal(zone),
                    literal(range.first), literal(range.last), range.days, range.compare, enum_name(interval)));
    if (!found)
      co_return found.error();
    RowSet<CountedSessionsRow> rows;
    auto texts = std::make_shared<std::vector<std::string>>();
    texts->reserve(found->rows.size());
    for (const auto& cells : found->rows) {
      auto& row = rows.rows.emplace_back();
      row.at = read_time(cells[0].value());
      row.from = parse_date(cells[1].value()).value();
      row.to = parse_date(cells[2].value()).value();
      row.part = texts->emplace_back(cells[3].value());
      if (cells[4])
        row.period = parse_date(*cells[4]);
      std::int64_t* figures[] = {&row.sessions, &row.conversions, &row.positive_replies,
                                 &row.rewarded, &row.reward,      &row.active_users};
      for (std::size_t i = 0; i < std::size(figures); ++i)
        *figures[i] = std::stoll(cells[5 + i].value());
    }
    rows.bytes = texts;
    co_return rows;
  }

 private:
  SqlSession& session_;
};

/// Runs a task that waits for nothing.
template <class T>
T run_now(Task<T> task) {
  asio::io_context context;
  std::optional<T> value;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown, T made) {
    if (thrown)
      std::rethrow_exception(thrown);
    value.emplace(std::move(made));
  });
  context.run();
  return std::move(value.value());
}

std::string compare_dashboards(SqlSession& session, const FigureTenant& tenant, std::mt19937& random) {
  static constexpr const char* zones[] = {"UTC",
                                          "Europe/Vienna",
                                          "America/Los_Angeles",
                                          "Asia/Kolkata",
                                          "Asia/Kathmandu",
                                          "Pacific/Chatham",
                                          "Australia/Lord_Howe",
                                          "America/Havana",
                                          "Asia/Tehran",
                                          "Atlantic/Azores"};
  const auto one_of = [&](int choices) { return static_cast<int>(random() % static_cast<unsigned>(choices)); };
  DashboardQuery query;
  query.zone = zones[one_of(std::size(zones))];
  query.interval = static_cast<Interval>(one_of(3));
  query.scope = one_of(3) == 0 ? DashboardScope::user : DashboardScope::organization;
  query.compare = one_of(3) == 0;
  const Date today = std::chrono::floor<std::chrono::days>(system_now());
  query.from = today - std::chrono::days(one_of(30));
  query.to = *query.from + std::chrono::days(one_of(6));
  RequestContext request;
  request.identity.user_id = tenant.user_id;
  request.identity.org_id = tenant.org_id;
  SessionStore store(session);
  analytics::Dashboard dashboard(store);
  const auto read = [&](Source source) {
    auto report = run_now(dashboard.read(request, query, source));
    if (!report)
      throw std::runtime_error(report.error().log_detail.empty() ? report.error().public_detail
                                                                 : report.error().log_detail);
    return std::move(*report);
  };
  const DashboardReport live = read(Source::live), raw = read(Source::raw);
  const auto same = [](const DashboardReport& a, const DashboardReport& b) {
    if (a.total != b.total || a.before != b.before || a.periods.size() != b.periods.size())
      return false;
    for (std::size_t i = 0; i < a.periods.size(); ++i) {
      if (a.periods[i].start != b.periods[i].start || a.periods[i].figures != b.periods[i].figures)
        return false;
    }
    return true;
  };
  if (live.source == Source::live && same(live, raw))
    return "";
  return fmt::format("dashboard of {} {} from {} to {}: {} sessions, {} users live; {} sessions, {} users counted",
                     query.scope == DashboardScope::user ? tenant.user_id.to_string() : tenant.org_id.to_string(),
                     query.zone, format_date(*query.from), format_date(*query.to), live.total.sessions,
                     live.total.active_users, raw.total.sessions, raw.total.active_users);
}

}  // namespace

std::vector<FigureCheck> figure_checks() {
  return {{"dashboard", SessionStore::prepare, compare_dashboards}};
}

}  // namespace salesflow::bench
