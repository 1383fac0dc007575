#include <limits>

#include "features/deals/json.hpp"
#include "features/deals/queries.hpp"
#include "features/deals/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::deals {
namespace {

/// What has an index in the list's order: at most one stage, pipeline and owner.
bool is_plain(const DealFilter& filter) {
  return filter.stages.size() <= 1 && !filter.contact_id && !filter.value_minor_min && !filter.value_minor_max &&
         !filter.closes_from && !filter.closes_before;
}

template <class Statement>
unsigned mask_of(const DealFilter& filter) {
  return (filter.stages.empty() ? 0U : Statement::stage) | (filter.pipeline ? Statement::pipeline : 0U) |
         (filter.owner_id ? Statement::owner : 0U);
}

template <class Choice>
Choice choose(Direction direction, Choice down, Choice up) {
  return direction == Direction::desc ? down : up;
}

/// The orders that list_deals_mixed and list_deals_found share by name.
template <class Choice>
Choice any_order(Sort sort, Direction direction, bool at_start) {
  switch (sort) {
    case Sort::created_at:
      return choose(direction, Choice::created_desc, Choice::created_asc);
    case Sort::updated_at:
      return choose(direction, Choice::updated_desc, Choice::updated_asc);
    case Sort::stage_entered_at:
      return choose(direction, Choice::stage_entered_desc, Choice::stage_entered_asc);
    case Sort::value:
      return choose(direction, Choice::value_desc, Choice::value_asc);
    case Sort::title:  // no text is the last in every collation
      return choose(direction, at_start ? Choice::title_desc_first : Choice::title_desc, Choice::title_asc);
    case Sort::expected_close_date:
      return choose(direction, Choice::close_desc, Choice::close_asc);
  }
  return Choice::created_desc;
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<ListedDeal>>> list_deals(RequestContext& request, DealFilter filter, Sort sort,
                                              Direction direction, DealPosition after, PageRequest paging) override {
    const bool plain = is_plain(filter);
    if (!filter.search.empty())
      return list_found(request, std::move(filter), sort, direction, std::move(after), paging);
    if (plain && filter.open_only && sort == Sort::expected_close_date)
      return list_by_close(request, filter, direction, after, paging);
    if (plain && filter.open_only &&
        (sort == Sort::created_at || sort == Sort::stage_entered_at || sort == Sort::value))
      return list_open(request, filter, sort, direction, after, paging);
    if (plain && !filter.open_only && sort == Sort::created_at)
      return list_all(request, filter, direction, after, paging);
    return list_mixed(request, std::move(filter), sort, direction, std::move(after), paging);
  }

  Task<Result<OneRow<DealRow>>> get_deal(RequestContext& request, Uuid deal_id) override {
    return db_.read_one<DealRow>(request, sql::get_deal, request.identity.org_id, deal_id);
  }

  Task<Result<OneRow<DealRow>>> create_deal(RequestContext& request, NewDeal deal) override {
    return db_.write_one<DealRow>(request, sql::create_deal, Uuid::v7(), request.identity.org_id,
                                  request.identity.user_id, to_record(deal), Uuid::v7());
  }

  Task<Result<OneRow<ChangedDeal>>> update_deal(RequestContext& request, Uuid deal_id, DealChange change,
                                                std::optional<std::int64_t> row_version) override {
    using update = sql::update_deal;
    return db_.write_one<ChangedDeal>(request, update::pick(row_version ? update::version : 0U),
                                      request.identity.org_id, deal_id, request.identity.user_id, to_record(change),
                                      Uuid::v7(), row_version);
  }

  Task<Result<std::uint64_t>> delete_deal(RequestContext& request, Uuid deal_id,
                                          std::optional<std::int64_t> row_version) override {
    using del = sql::delete_deal;
    return db_.write(request, del::pick(row_version ? del::version : 0U), request.identity.org_id, deal_id,
                     row_version);
  }

  Task<Result<OneRow<References>>> check_references(RequestContext& request, std::optional<Uuid> deal_id,
                                                    std::optional<Uuid> contact_id,
                                                    std::optional<Uuid> owner_id) override {
    return db_.read_one<References>(request, sql::check_references, request.identity.org_id, deal_id, contact_id,
                                    owner_id);
  }

  Task<Result<RowSet<BoardRow>>> read_board(RequestContext& request, std::string pipeline, std::vector<Stage> stages,
                                            std::optional<Uuid> owner_id, TimePosition after,
                                            std::int64_t limit_rows) override {
    if (stages.size() == 1 && is_closed(stages.front())) {
      using closed = sql::read_board_closed;
      return db_.read<BoardRow>(request, closed::pick(owner_id ? closed::owner : 0U), request.identity.org_id,
                                std::move(pipeline), stages.front(), limit_rows, after.at, after.id, owner_id);
    }
    using board = sql::read_board;
    return db_.read<BoardRow>(request, board::pick(owner_id ? board::owner : 0U), request.identity.org_id,
                              std::move(pipeline), std::move(stages), limit_rows, after.at, after.id, owner_id);
  }

  Task<Result<RowSet<ForecastRow>>> list_forecast(RequestContext& request, std::string pipeline, Date from,
                                                  Date until) override {
    return db_.read<ForecastRow>(request, sql::list_forecast, request.identity.org_id, std::move(pipeline), from,
                                 until);
  }

  Task<Result<OneRow<SummaryRow>>> read_summary(RequestContext& request, std::string pipeline,
                                                TimePoint closed_since) override {
    return db_.read_one<SummaryRow>(request, sql::read_summary, request.identity.org_id, std::move(pipeline),
                                    closed_since);
  }

  Task<Result<RowSet<OpenSumsRow>>> recount_open_sums(RequestContext& request, std::string pipeline,
                                                      std::optional<Uuid> owner_id) override {
    using recount = sql::recount_open_sums;
    return db_.read<OpenSumsRow>(request, recount::pick(owner_id ? recount::owner : 0U), request.identity.org_id,
                                 std::move(pipeline), owner_id);
  }

  Task<Result<RowSet<BreakdownRow>>> list_breakdown(RequestContext& request, BreakdownFilter filter) override {
    using list = sql::list_breakdown;
    constexpr list::By groups[] = {list::By::agent, list::By::quarter, list::By::month, list::By::product,
                                   list::By::stage};
    const bool closed = filter.from || filter.to;
    const auto of = filter.by == BreakdownBy::product ? list::Of::products : list::Of::deals;
    const auto named = filter.by == BreakdownBy::agent ? list::Named::agent : list::Named::key;
    const TimePoint from = filter.from ? TimePoint(*filter.from) : time_minus_infinity;
    const TimePoint before = filter.to ? TimePoint(*filter.to + std::chrono::days(1)) : time_infinity;
    return db_.read<BreakdownRow>(request,
                                  list::pick((filter.pipeline ? list::pipeline : 0U) | (closed ? list::closed : 0U),
                                             groups[static_cast<std::size_t>(filter.by)], of, named),
                                  request.identity.org_id, std::move(filter.pipeline), from, before);
  }

 private:
  using Rows = Task<Result<RowSet<ListedDeal>>>;

  static std::int64_t counted_rows(const PageRequest& paging) {
    return rows_to_count(paging.count).value_or(INT32_MAX);
  }
  static std::optional<Stage> stage_of(const DealFilter& filter) {
    return filter.stages.empty() ? std::nullopt : std::optional(filter.stages.front());
  }

  Rows list_open(RequestContext& request, const DealFilter& filter, Sort sort, Direction direction,
                 const DealPosition& after, const PageRequest& paging) {
    using list = sql::list_deals;
    const auto order = sort == Sort::value ? choose(direction, list::Sort::value_desc, list::Sort::value_asc)
                       : sort == Sort::stage_entered_at
                           ? choose(direction, list::Sort::stage_entered_desc, list::Sort::stage_entered_asc)
                           : choose(direction, list::Sort::created_desc, list::Sort::created_asc);
    return db_.read_page<ListedDeal>(request, list::pick(mask_of<list>(filter), order), request.identity.org_id,
                                     after.at, after.id, paging.limit_rows, paging.skip_rows, counted_rows(paging),
                                     after.value_minor, stage_of(filter), filter.pipeline, filter.owner_id);
  }

  Rows list_by_close(RequestContext& request, const DealFilter& filter, Direction direction, const DealPosition& after,
                     const PageRequest& paging) {
    using list = sql::list_deals_by_close;
    return db_.read_page<ListedDeal>(
        request, list::pick(mask_of<list>(filter), choose(direction, list::Sort::desc, list::Sort::asc)),
        request.identity.org_id, after.close_date, after.id, paging.limit_rows, paging.skip_rows, counted_rows(paging),
        after.undated_id, stage_of(filter), filter.pipeline, filter.owner_id);
  }

  Rows list_all(RequestContext& request, const DealFilter& filter, Direction direction, const DealPosition& after,
                const PageRequest& paging) {
    using list = sql::list_all_deals;
    const unsigned mask = mask_of<list>(filter);
    // Nothing is counted when nothing is filtered.
    const std::int64_t counted = mask == 0 && paging.count != CountMode::none ? -1 : counted_rows(paging);
    return db_.read_page<ListedDeal>(
        request, list::pick(mask, choose(direction, list::Sort::created_desc, list::Sort::created_asc)),
        request.identity.org_id, after.at, after.id, paging.limit_rows, paging.skip_rows, counted, stage_of(filter),
        filter.pipeline, filter.owner_id);
  }

  /// Arguments that list_deals_mixed and list_deals_found share.
  template <class... More>
  Rows list_any(RequestContext& request, const Query& query, Sort sort, DealFilter filter, DealPosition after,
                const PageRequest& paging, More... more) {
    const auto stages = filter.stages.empty() ? std::nullopt : std::optional(std::move(filter.stages));
    // Without a day is after every day: there NULL stands for the cursor's.
    const auto close_date = after.undated_id.is_nil() ? std::optional(after.close_date) : std::nullopt;
    const Uuid id = sort == Sort::expected_close_date && !close_date ? after.undated_id : after.id;
    return db_.read_page<ListedDeal>(request, query, request.identity.org_id, after.at, id, paging.limit_rows,
                                     paging.skip_rows, stages, after.value_minor, std::move(after.title.text),
                                     close_date, std::move(filter.pipeline), filter.owner_id, filter.contact_id,
                                     filter.value_minor_min.value_or(std::numeric_limits<std::int64_t>::min()),
                                     filter.value_minor_max.value_or(std::numeric_limits<std::int64_t>::max()),
                                     filter.closes_from, filter.closes_before, std::move(more)...);
  }

  Rows list_mixed(RequestContext& request, DealFilter filter, Sort sort, Direction direction, DealPosition after,
                  const PageRequest& paging) {
    using list = sql::list_deals_mixed;
    const Query& query =
        list::pick(filter.open_only ? list::open : 0U, any_order<list::Sort>(sort, direction, after.at_start),
                   filter.contact_id ? list::Of::contact : list::Of::organisation);
    return list_any(request, query, sort, std::move(filter), std::move(after), paging);
  }

  Rows list_found(RequestContext& request, DealFilter filter, Sort sort, Direction direction, DealPosition after,
                  const PageRequest& paging) {
    using list = sql::list_deals_found;
    const Query& query =
        list::pick(filter.open_only ? list::open : 0U, any_order<list::Sort>(sort, direction, after.at_start));
    std::string term = std::move(filter.search);
    return list_any(request, query, sort, std::move(filter), std::move(after), paging, std::move(term));
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::deals
