#include "features/analytics/queries.hpp"
#include "features/analytics/templates_store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

/// One of the lists of templates, all of which have the same fragments.
template <class List>
const Query& pick(const TemplateFilter& filter) {
  return List::pick((filter.channel ? List::channel : 0U) | (filter.template_versions.empty() ? 0U : List::version),
                    filter.best_first ? List::Order::best : List::Order::most,
                    filter.scope == TemplateScope::user ? List::Scope::user : List::Scope::organization);
}

/// One of the lists of channels.
template <class List>
const Query& pick(TemplateScope scope) {
  return List::pick(0U, scope == TemplateScope::user ? List::Scope::user : List::Scope::organization);
}

class PgTemplateStore final : public TemplateStore {
 public:
  explicit PgTemplateStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<TemplateRow>>> list_templates(RequestContext& request, Source source,
                                                   TemplateFilter filter) override {
    const Uuid tenant = tenant_of(request, filter.scope);
    if (source == Source::mv)
      return db_.read<TemplateRow>(request, pick<sql::count_view_templates>(filter), tenant, filter.by_channel,
                                   filter.limit_rows, filter.channel, filter.template_versions);
    const Query& query =
        source == Source::raw ? pick<sql::recount_templates>(filter) : pick<sql::list_templates>(filter);
    return db_.read<TemplateRow>(request, query, tenant, filter.period.zone, filter.period.first_day,
                                 filter.period.last_day, filter.period.days, static_cast<std::int32_t>(filter.window),
                                 filter.by_channel, filter.limit_rows, filter.channel, filter.template_versions);
  }

  Task<Result<RowSet<ChannelRow>>> list_channels(RequestContext& request, Source source, TemplateScope scope,
                                                 TemplatePeriod period, ReplyWindow window) override {
    const Query& query = source == Source::raw ? pick<sql::recount_channels>(scope) : pick<sql::list_channels>(scope);
    return db_.read<ChannelRow>(request, query, tenant_of(request, scope), std::move(period.zone), period.first_day,
                                period.last_day, period.days, static_cast<std::int32_t>(window));
  }

 private:
  static Uuid tenant_of(const RequestContext& request, TemplateScope scope) {
    return scope == TemplateScope::user ? request.identity.user_id : request.identity.org_id;
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<TemplateStore> make_pg_template_store(postgres::Database& database) {
  return std::make_unique<PgTemplateStore>(database);
}

}  // namespace salesflow::analytics
