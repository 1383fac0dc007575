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
    const bool ours = query.scope == SeriesScope::organization;
    const auto delay_class = static_cast<std::int32_t>(query.window);
    const Uuid tenant = ours ? request.identity.org_id : request.identity.user_id;
    using leads = sql::read_timeseries_leads;
    using changes = sql::read_timeseries_stage_conversion;
    using stays = sql::read_timeseries_time_in_stage;
    switch (query.metric) {
      case Metric::messages:
        break;
      case Metric::replies:
        return run(request,
                   ours ? pick_replies<sql::read_timeseries_org_replies>(by)
                        : pick_replies<sql::read_timeseries_user_replies>(by),
                   tenant, std::move(query), at, delay_class);
      case Metric::leads:
        return run(request, leads::pick(0, by == Grouping::source ? leads::By::source : leads::By::none), tenant,
                   std::move(query), at);
      case Metric::deals_won:
        return of_deals(request, pick_deals_won(by, of_pipeline), std::move(query), at);
      case Metric::stage_conversion:
        return of_deals(request, changes::pick(of_pipeline ? changes::pipeline : 0U), std::move(query), at);
      case Metric::time_in_stage:
        return of_deals(request, stays::pick(of_pipeline ? stays::pipeline : 0U), std::move(query), at);
    }
    if (by == Grouping::template_)
      return run(request, ours ? sql::read_timeseries_org_templates : sql::read_timeseries_user_templates, tenant,
                 std::move(query), at);
    return run(request,
               ours ? pick_messages<sql::read_timeseries_org_messages>(by)
                    : pick_messages<sql::read_timeseries_user_messages>(by),
               tenant, std::move(query), at);
  }

 private:
  template <class Messages>
  static const Query& pick_messages(Grouping by) {
    using By = typename Messages::By;
    switch (by) {
      case Grouping::channel:
        return Messages::pick(0, By::channel);
      case Grouping::direction:
        return Messages::pick(0, By::direction);
      case Grouping::status:
        return Messages::pick(0, By::status);
      default:
        return Messages::pick(0, By::none);
    }
  }
  template <class Replies>
  static const Query& pick_replies(Grouping by) {
    using By = typename Replies::By;
    switch (by) {
      case Grouping::channel:
        return Replies::pick(0, By::channel);
      case Grouping::template_:
        return Replies::pick(0, By::template_version);
      default:
        return Replies::pick(0, By::none);
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
  template <class... More>
  Task<Result<RowSet<SeriesRow>>> run(RequestContext& request, const Query& statement, Uuid tenant, SeriesQuery query,
                                      TimePoint at, More... more) {
    return db_.read<SeriesRow>(request, statement, tenant, std::move(query.zone), query.from, query.to,
                               query.days.value_or(default_days), at, std::string(enum_name(query.interval)),
                               std::move(more)...);
  }
  Task<Result<RowSet<SeriesRow>>> of_deals(RequestContext& request, const Query& statement, SeriesQuery query,
                                           TimePoint at) {
    auto pipeline = std::move(query.pipeline);
    return run(request, statement, request.identity.org_id, std::move(query), at, std::move(pipeline));
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<TimeSeriesStore> make_pg_timeseries_store(postgres::Database& database) {
  return std::make_unique<PgTimeSeriesStore>(database);
}

}  // namespace salesflow::analytics
