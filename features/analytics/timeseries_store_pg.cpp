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
        return run(request, pick_replies(by, ours), tenant, std::move(query), at, delay_class);
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
    return run(request, pick_messages(by, ours), tenant, std::move(query), at);
  }

 private:
  template <class Messages>
  static typename Messages::Scope scope_of(bool ours) {
    return ours ? Messages::Scope::organization : Messages::Scope::user;
  }
  static const Query& pick_messages(Grouping by, bool ours) {
    using templates = sql::read_timeseries_templates;
    using messages = sql::read_timeseries_messages;
    const auto scope = scope_of<messages>(ours);
    switch (by) {
      case Grouping::template_:
        return templates::pick(0, scope_of<templates>(ours));
      case Grouping::channel:
        return messages::pick(0, messages::By::channel, scope);
      case Grouping::direction:
        return messages::pick(0, messages::By::direction, scope);
      case Grouping::status:
        return messages::pick(0, messages::By::status, scope);
      default:
        return messages::pick(0, messages::By::none, scope);
    }
  }
  static const Query& pick_replies(Grouping by, bool ours) {
    using replies = sql::read_timeseries_replies;
    const auto scope = scope_of<replies>(ours);
    switch (by) {
      case Grouping::channel:
        return replies::pick(0, replies::By::channel, scope);
      case Grouping::template_:
        return replies::pick(0, replies::By::template_version, scope);
      default:
        return replies::pick(0, replies::By::none, scope);
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
