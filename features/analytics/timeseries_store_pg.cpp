#include "features/analytics/timeseries_store.hpp"

#include "features/analytics/queries.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

class PgTimeSeriesStore final : public TimeSeriesStore {
 public:
  explicit PgTimeSeriesStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<SeriesRow>>> read_timeseries(RequestContext& request, SeriesQuery query, TimePoint at) override {
    const auto by = query.group_by.value_or(Grouping::none);
    const bool of_pipeline = query.pipeline.has_value();
    using leads = sql::read_timeseries_leads;
    using changes = sql::read_timeseries_stage_conversion;
    using stays = sql::read_timeseries_time_in_stage;
    switch (query.metric) {
      case Metric::messages:
        break;
      case Metric::leads:
        return of_user(request, leads::pick(0, by == Grouping::source ? leads::By::source : leads::By::none),
                       std::move(query), at);
      case Metric::deals_won:
        return of_organization(request, pick_deals_won(by, of_pipeline), std::move(query), at);
      case Metric::stage_conversion:
        return of_organization(request, changes::pick(of_pipeline ? changes::pipeline : 0U), std::move(query), at);
      case Metric::time_in_stage:
        return of_organization(request, stays::pick(of_pipeline ? stays::pipeline : 0U), std::move(query), at);
    }
    return of_user(request, pick_messages(by), std::move(query), at);
  }

 private:
  static const Query& pick_messages(Grouping by) {
    using messages = sql::read_timeseries_messages;
    switch (by) {
      case Grouping::channel:
        return messages::pick(0, messages::By::channel);
      case Grouping::direction:
        return messages::pick(0, messages::By::direction);
      case Grouping::status:
        return messages::pick(0, messages::By::status);
      case Grouping::template_:
        return messages::pick(0, messages::By::template_version);
      default:
        return messages::pick(0, messages::By::none);
    }
  }
  static const Query& pick_deals_won(Grouping by, bool of_pipeline) {
    using won = sql::read_timeseries_deals_won;
    const unsigned mask = of_pipeline ? won::pipeline : 0U;
    switch (by) {
      case Grouping::stage:
        return won::pick(mask, won::By::stage);
      case Grouping::owner:
        return won::pick(mask, won::By::owner);
      default:
        return won::pick(mask, won::By::none);
    }
  }
  Task<Result<RowSet<SeriesRow>>> of_user(RequestContext& request, const Query& statement, SeriesQuery query,
                                          TimePoint at) {
    return db_.read<SeriesRow>(request, statement, request.identity.user_id, std::move(query.zone), query.from,
                               query.to, query.days.value_or(default_days), at, std::string(enum_name(query.interval)));
  }
  Task<Result<RowSet<SeriesRow>>> of_organization(RequestContext& request, const Query& statement, SeriesQuery query,
                                                  TimePoint at) {
    return db_.read<SeriesRow>(request, statement, request.identity.org_id, std::move(query.zone), query.from, query.to,
                               query.days.value_or(default_days), at, std::string(enum_name(query.interval)),
                               std::move(query.pipeline));
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<TimeSeriesStore> make_pg_timeseries_store(postgres::Database& database) {
  return std::make_unique<PgTimeSeriesStore>(database);
}

}  // namespace salesflow::analytics
