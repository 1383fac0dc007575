#include "features/analytics/dashboard_proof.hpp"

#include <sstream>

#include "features/analytics/queries.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::analytics {
namespace {

void show(std::ostream& text, const SessionFigures& figures) {
  text << ' ' << figures.sessions << " sessions " << figures.conversions << " converted " << figures.positive_replies
       << " positive " << figures.rewarded << " rewarded " << figures.reward << " reward " << figures.active_users
       << " users;";
}

std::string figures_of(const DashboardReport& report) {
  std::ostringstream text;
  text << format_date(report.from) << ".." << format_date(report.to);
  show(text, report.total);
  if (report.before) {
    text << " before";
    show(text, *report.before);
  }
  for (const auto& period : report.periods) {
    text << ' ' << format_date(period.start);
    show(text, period.figures);
  }
  return text.str();
}

std::string statement_of(const Identity& identity, const DashboardQuery& query) {
  const bool of_user = query.scope == DashboardScope::user;
  std::ostringstream text;
  using count = sql::recount_sessions;
  text << count::pick(0U, of_user ? count::Scope::user : count::Scope::organization).file
       << " scope=" << enum_name(query.scope) << " $1=" << (of_user ? identity.user_id : identity.org_id).to_string()
       << " $2=" << query.zone << " $3=" << (query.from ? format_date(*query.from) : "NULL")
       << " $4=" << (query.to ? format_date(*query.to) : "NULL") << " $5=" << query.days
       << " $6=" << (query.compare ? "true" : "false") << " $7=" << enum_name(query.interval);
  return text.str();
}

}  // namespace

proof::Claim<DashboardReport> dashboard_claim(Dashboard& dashboard, const Identity& identity, DashboardQuery query) {
  proof::Claim<DashboardReport> claim;
  claim.statement = statement_of(identity, query);
  claim.live = [&dashboard, query](RequestContext& request) { return dashboard.read(request, query, Source::live); };
  claim.show = [](const DashboardReport& report) {
    return report.source == Source::live ? figures_of(report) : std::string();
  };
  claim.recount = [&dashboard, query = std::move(query)](RequestContext& request) -> Task<Result<std::string>> {
    const auto counted = co_await dashboard.read(request, query, Source::raw);
    if (!counted)
      co_return counted.error();
    co_return figures_of(*counted);
  };
  return claim;
}

Task<Result<DashboardReport>> ProvenDashboard::read(RequestContext& request, DashboardQuery query, Source source) {
  if (source != Source::live || query.scope == DashboardScope::all)
    co_return co_await dashboard_.read(request, std::move(query), source);
  auto claim = dashboard_claim(dashboard_, request.identity, std::move(query));
  co_return co_await prover_.prove(request, proof::Kind::dashboard, std::move(claim));
}

}  // namespace salesflow::analytics
