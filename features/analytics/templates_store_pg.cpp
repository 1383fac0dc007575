#include "features/analytics/queries.hpp"
#include "features/analytics/templates_store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::analytics {
namespace {

template <class List>
unsigned mask_of(const TemplateFilter& filter) {
  return (filter.channel ? List::channel : 0U) | (filter.template_versions.empty() ? 0U : List::version);
}

template <class List>
typename List::Order order_of(const TemplateFilter& filter) {
  return filter.best_first ? List::Order::best : List::Order::most;
}

template <class List>
const Query& live(const TemplateFilter& filter) {
  return List::pick(mask_of<List>(filter), order_of<List>(filter));
}

template <class List>
const Query& of_scope(const TemplateFilter& filter) {
  return List::pick(mask_of<List>(filter), order_of<List>(filter),
                    filter.scope == TemplateScope::user ? List::Scope::user : List::Scope::organization);
}

class PgTemplateStore final : public TemplateStore {
 public:
  explicit PgTemplateStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<TemplateRow>>> list_templates(RequestContext& request, Source source,
                                                   TemplateFilter filter) override {
    const Uuid tenant = tenant_of(request, filter.scope);
    if (source == Source::mv)
      return db_.read<TemplateRow>(request, of_scope<sql::count_view_templates>(filter), tenant, filter.by_channel,
                                   filter.limit_rows, filter.channel, filter.template_versions);
    const Query& query = source == Source::raw                 ? of_scope<sql::recount_templates>(filter)
                         : filter.scope == TemplateScope::user ? live<sql::list_user_templates>(filter)
                                                               : live<sql::list_org_templates>(filter);
    return db_.read<TemplateRow>(request, query, tenant, filter.period.zone, filter.period.first_day,
                                 filter.period.last_day, filter.period.days, static_cast<std::int32_t>(filter.window),
                                 filter.by_channel, filter.limit_rows, filter.channel, filter.template_versions);
  }

  Task<Result<RowSet<ChannelRow>>> list_channels(RequestContext& request, Source source, TemplateScope scope,
                                                 TemplatePeriod period, ReplyWindow window) override {
    using recount = sql::recount_channels;
    const bool of_user = scope == TemplateScope::user;
    const Query& query = source == Source::raw
                             ? recount::pick(0U, of_user ? recount::Scope::user : recount::Scope::organization)
                         : of_user ? sql::list_user_channels
                                   : sql::list_org_channels;
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
