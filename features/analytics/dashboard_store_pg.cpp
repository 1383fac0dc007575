#include "features/analytics/dashboard_store.hpp"
#include "features/analytics/queries.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

class PgDashboardStore final : public DashboardStore {
 public:
  explicit PgDashboardStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<LocalDayRow>>> list_local_days(RequestContext& request, std::string zone, Date first,
                                                    Date last) override {
    return db_.read<LocalDayRow>(request, sql::list_local_days, std::move(zone), first, last);
  }

  Task<Result<RowSet<PackedDayRow>>> list_session_days(RequestContext& request, DashboardScope scope, Date first,
                                                       Date last) override {
    const bool of_user = scope == DashboardScope::user;
    return db_.read<PackedDayRow>(request, of_user ? sql::list_user_session_days : sql::list_org_session_days,
                                  of_user ? request.identity.user_id : request.identity.org_id, first, last);
  }

  Task<Result<RowSet<SessionDayRow>>> read_session_days(RequestContext& request, DashboardScope scope, Date first,
                                                        Date last) override {
    const bool of_user = scope == DashboardScope::user;
    return db_.read<SessionDayRow>(request, of_user ? sql::read_user_sessions : sql::read_org_sessions,
                                   of_user ? request.identity.user_id : request.identity.org_id, first, last);
  }

  Task<Result<RowSet<CountedSessionsRow>>> count_sessions(RequestContext& request, Source source, DashboardScope scope,
                                                          std::string zone, DayRange range,
                                                          Interval interval) override {
    const Uuid tenant = scope == DashboardScope::organization ? request.identity.org_id : request.identity.user_id;
    return db_.read<CountedSessionsRow>(request, statement(source, scope), tenant, std::move(zone), range.first,
                                        range.last, range.days, range.compare, interval);
  }

 private:
  static const Query& statement(Source source, DashboardScope scope) {
    if (source == Source::mv) {
      using count = sql::count_view_sessions;
      return count::pick(0U, scope == DashboardScope::user ? count::Scope::user : count::Scope::organization);
    }
    using count = sql::recount_sessions;
    switch (scope) {
      case DashboardScope::user:
        return count::pick(0U, count::Scope::user);
      case DashboardScope::organization:
        return count::pick(0U, count::Scope::organization);
      case DashboardScope::all:
        break;
    }
    return sql::recount_all_sessions;
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<DashboardStore> make_pg_dashboard_store(postgres::Database& database) {
  return std::make_unique<PgDashboardStore>(database);
}

}  // namespace salesflow::analytics
