#include "features/deals/routes.hpp"

#include <algorithm>
#include <limits>

#include "features/deals/json.hpp"
#include "features/deals/totals_proof.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/paging.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::deals {
namespace {

using Pipeline = Text<1, 100>;

struct ListQuery {
  Ranged<std::int64_t, 1, std::numeric_limits<std::int32_t>::max()> page = 1;
  Ranged<std::int64_t, 1, per_page_max> per_page = 25;
  std::string cursor;
  Sort sort_by = Sort::created_at;
  Direction sort_order = Direction::desc;
  CountMode count = CountMode::capped;
  Text<0, 200> search;
  std::vector<Stage> stage;
  std::optional<Pipeline> pipeline;
  std::optional<Uuid> owner_id, contact_id;
  std::optional<Money> min_value, max_value;
  bool closing_this_month = false;
  bool open_only = true;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (),
                      (page, per_page, cursor, sort_by, sort_order, count, search, stage, pipeline, owner_id,
                       contact_id, min_value, max_value, closing_this_month, open_only))

struct BoardQuery {
  Pipeline pipeline{std::string(default_pipeline)};
  std::optional<Uuid> owner_id;
  std::optional<Ranged<std::int64_t, 1, cards_per_stage_max>> per_stage;
  std::optional<Stage> stage;
  std::string cursor;
};
BOOST_DESCRIBE_STRUCT(BoardQuery, (), (pipeline, owner_id, per_stage, stage, cursor))

struct ForecastQuery {
  Ranged<std::int64_t, 1, 12> months = 3;
  Pipeline pipeline{std::string(default_pipeline)};
};
BOOST_DESCRIBE_STRUCT(ForecastQuery, (), (months, pipeline))

struct SummaryQuery {
  Pipeline pipeline{std::string(default_pipeline)};
  Ranged<std::int64_t, 1, 365> period_days = 30;
};
BOOST_DESCRIBE_STRUCT(SummaryQuery, (), (pipeline, period_days))

struct BreakdownQuery {
  std::optional<BreakdownBy> by;
  std::optional<Pipeline> pipeline;
  std::optional<Date> from, to;
};
BOOST_DESCRIBE_STRUCT(BreakdownQuery, (), (by, pipeline, from, to))

struct MoveQuery {
  std::optional<Stage> stage;
  std::optional<Text<0, 1000>> lost_reason;
};
BOOST_DESCRIBE_STRUCT(MoveQuery, (), (stage, lost_reason))

struct ListAnswer {
  std::vector<DealItem> items;
  std::optional<std::int64_t> total;  // null with count=none
  std::int64_t page = 1, per_page = 25;
  std::optional<std::int64_t> pages;
  bool total_is_capped = false;
  std::optional<std::string> next_cursor;
  std::optional<RawJsonView> sums;  // of all that is listed: {currency, value, weighted_value, by_currency}
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (items, total, page, per_page, pages, total_is_capped, next_cursor, sums))

struct MoveAnswer {
  bool success = true;
  Uuid deal_id;
  std::string_view from_stage, to_stage;
};
BOOST_DESCRIBE_STRUCT(MoveAnswer, (), (success, deal_id, from_stage, to_stage))

struct OpenPart {
  std::int64_t count = 0;
  RawJsonView value, weighted_value, by_currency;
};
BOOST_DESCRIBE_STRUCT(OpenPart, (), (count, value, weighted_value, by_currency))
struct ClosedPart {
  std::int64_t count = 0;
  RawJsonView value, by_currency;
};
BOOST_DESCRIBE_STRUCT(ClosedPart, (), (count, value, by_currency))
struct SummaryAnswer {
  std::string pipeline;
  std::int64_t period_days = 0;
  OpenPart open;
  ClosedPart won, lost;
  RawJsonView win_rate, avg_deal_value;
  std::string_view currency;  // of each single sum and of the average
};
BOOST_DESCRIBE_STRUCT(SummaryAnswer, (), (pipeline, period_days, open, won, lost, win_rate, avg_deal_value, currency))

struct BreakdownAnswer {
  BreakdownBy by{};
  std::optional<std::string> pipeline;
  std::optional<Date> from, to;
  RowSet<BreakdownRow> groups;
};
BOOST_DESCRIBE_STRUCT(BreakdownAnswer, (), (by, pipeline, from, to, groups))

template <class T>
std::optional<std::string> plain(std::optional<T>& text) {
  return text ? std::optional(std::move(text->value)) : std::nullopt;
}

/// An unfiltered total, those of open deals that are kept, and what was asked for exactly are sent as they are.
bool is_exact(const DealFilter& filter, CountMode count) {
  if (count == CountMode::exact)
    return true;
  if (!filter.search.empty() || filter.contact_id || filter.value_minor_min || filter.value_minor_max ||
      filter.closes_from)
    return false;
  return filter.open_only ? filter.stages.size() <= 1 : filter.stages.empty() && !filter.pipeline && !filter.owner_id;
}

Result<DealFilter> filter_of(ListQuery& query) {
  DealFilter filter;
  filter.stages = std::move(query.stage);
  filter.pipeline = plain(query.pipeline);
  filter.owner_id = query.owner_id;
  filter.contact_id = query.contact_id;
  if (query.min_value)
    filter.value_minor_min = query.min_value->scaled;
  if (query.max_value)
    filter.value_minor_max = query.max_value->scaled;
  if (query.min_value && query.max_value && query.min_value->scaled > query.max_value->scaled)
    return fail(Errc::invalid_argument, "min_value must not be above max_value", "query.min_value");
  if (query.closing_this_month) {
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(system_now())};
    const auto month = today.year() / today.month();
    filter.closes_from = Date(month / 1);
    filter.closes_before = Date((month + std::chrono::months(1)) / 1);
  }
  filter.search = std::move(query.search.value);
  filter.open_only = query.open_only && std::none_of(filter.stages.begin(), filter.stages.end(), is_closed);
  return filter;
}

template <class Row>
http::Response deal_response(const Row& row, int status = 200) {
  const DealRow& deal = row;
  auto response = http::json_response(json::to_json(deal, 1024), status);
  response.etag = http::version_etag(deal.row_version);
  return response;
}

class Handlers {
 public:
  Handlers(Deals& deals, proof::Prover* prover) : deals_(deals), prover_(prover) {}

  Task<Result<http::Response>> list_deals(http::Request& request) {
    auto query = http::read_query<ListQuery>(request);
    if (!query)
      co_return query.error();
    ListAnswer answer;
    answer.page = query->page;
    answer.per_page = query->per_page;
    auto paging = http::read_page_request(std::move(query->cursor), query->page, query->per_page, query->count);
    if (!paging)
      co_return paging.error();
    auto filter = filter_of(*query);
    if (!filter)
      co_return filter.error();
    const bool exact = is_exact(*filter, query->count);
    const bool skips = paging->skip_rows > 0;
    auto page = co_await deals_.list_deals(*request.context, std::move(*filter), query->sort_by, query->sort_order,
                                           std::move(*paging));
    if (!page)
      co_return page.error();
    if (page->items.empty() && skips)
      co_return http::page_beyond_end(answer.page);
    for (const ListedDeal& deal : page->items)
      answer.items.push_back(deal);
    if (!page->items.empty())
      answer.sums = page->items.rows.front().sums;
    http::fill_page(answer, *page, exact);
    auto response = http::json_response(json::to_json(answer, 256 + 450 * answer.items.size()));
    if (page->next_cursor)
      response.headers.emplace_back("Link", http::link_to_next(request, *page->next_cursor));
    co_return response;
  }

  Task<Result<http::Response>> get_deal(http::Request& request) {
    const auto id = request.path_uuid(0, "deal_id");
    if (!id)
      co_return id.error();
    auto deal = co_await deals_.get_deal(*request.context, *id);
    if (!deal)
      co_return deal.error();
    co_return deal_response(**deal);
  }

  Task<Result<http::Response>> create_deal(http::Request& request) {
    auto body = http::read_body<NewDeal>(request);
    if (!body)
      co_return body.error();
    auto deal = co_await deals_.create_deal(*request.context, std::move(*body));
    if (!deal)
      co_return deal.error();
    co_return deal_response(**deal, 201);
  }

  Task<Result<http::Response>> update_deal(http::Request& request) {
    const auto target = http::read_target(request, "deal_id");
    if (!target)
      co_return target.error();
    auto change = http::read_body<DealChange>(request);
    if (!change)
      co_return change.error();
    auto deal = co_await deals_.update_deal(*request.context, target->id, std::move(*change), target->version);
    if (!deal)
      co_return deal.error();
    co_return deal_response(**deal);
  }

  Task<Result<http::Response>> delete_deal(http::Request& request) {
    const auto target = http::read_target(request, "deal_id");
    if (!target)
      co_return target.error();
    const auto deleted = co_await deals_.delete_deal(*request.context, target->id, target->version);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

  Task<Result<http::Response>> move_deal(http::Request& request) {
    const auto target = http::read_target(request, "deal_id");
    if (!target)
      co_return target.error();
    auto query = http::read_query<MoveQuery>(request);
    if (!query)
      co_return query.error();
    if (!query->stage)
      co_return fail(Errc::invalid_argument, "query.stage is required", "query.stage");
    if (query->lost_reason && *query->stage != Stage::lost)
      co_return fail(Errc::invalid_argument, "lost_reason goes with the stage lost", "query.lost_reason");
    DealChange change;
    change.stage = {true, *query->stage};
    if (query->lost_reason)
      change.lost_reason = {true, std::move(*query->lost_reason)};
    auto deal = co_await deals_.update_deal(*request.context, target->id, std::move(change), target->version);
    if (!deal)
      co_return deal.error();
    const ChangedDeal& moved = **deal;
    auto response = http::json_response(json::to_json(MoveAnswer{true, moved.id, moved.from_stage, moved.stage}));
    response.etag = http::version_etag(moved.row_version);
    co_return response;
  }

  Task<Result<http::Response>> read_board(http::Request& request) {
    auto query = http::read_query<BoardQuery>(request);
    if (!query)
      co_return query.error();
    auto per_stage = query->per_stage ? std::optional(query->per_stage->value) : std::nullopt;
    if (!per_stage && query->stage && is_closed(*query->stage))
      per_stage = cards_per_stage_max;  // what was closed grows for ever
    const BoardSlice slice{query->owner_id, query->stage, std::move(query->cursor), per_stage};
    std::string pipeline = std::move(query->pipeline.value);
    const auto board = co_await prove_board(*request.context, pipeline, slice);
    if (!board)
      co_return board.error();
    const BoardAnswer answer = to_answer(*request.context, *board, std::move(pipeline), slice);
    co_return http::json_response(json::to_json(answer, 512 + 500 * board->rows.size()));
  }

  Task<Result<http::Response>> list_forecast(http::Request& request) {
    auto query = http::read_query<ForecastQuery>(request);
    if (!query)
      co_return query.error();
    const auto rows = co_await deals_.list_forecast(*request.context, std::move(query->pipeline.value), query->months);
    if (!rows)
      co_return rows.error();
    co_return http::json_response(json::to_json(to_answer(*rows), 256 + 400 * rows->size()));
  }

  Task<Result<http::Response>> read_summary(http::Request& request) {
    const auto query = http::read_query<SummaryQuery>(request);
    if (!query)
      co_return query.error();
    const auto found = co_await prove_summary(*request.context, query->pipeline.value, query->period_days);
    if (!found)
      co_return found.error();
    const SummaryRow& row = **found;
    const SummaryAnswer answer{query->pipeline.value,
                               query->period_days,
                               {row.open_count, row.open_value, row.open_weighted_value, row.open_by_currency},
                               {row.won_count, row.won_value, row.won_by_currency},
                               {row.lost_count, row.lost_value, row.lost_by_currency},
                               row.win_rate,
                               row.avg_deal_value,
                               row.own_currency};
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> list_breakdown(http::Request& request) {
    auto query = http::read_query<BreakdownQuery>(request);
    if (!query)
      co_return query.error();
    if (!query->by)
      co_return fail(Errc::invalid_argument, "query.by is required: agent, quarter, month, product or stage",
                     "query.by");
    BreakdownAnswer answer{*query->by, plain(query->pipeline), query->from, query->to, {}};
    BreakdownFilter filter{answer.by, answer.pipeline, answer.from, answer.to};
    auto groups = co_await deals_.list_breakdown(*request.context, std::move(filter));
    if (!groups)
      co_return groups.error();
    answer.groups = std::move(*groups);
    co_return http::json_response(json::to_json(answer, 256 + 200 * answer.groups.size()));
  }

 private:
  Task<Result<Board>> prove_board(RequestContext& request, std::string pipeline, BoardSlice slice) {
    if (!prover_ || (slice.stage && is_closed(*slice.stage)))  // sums of open deals are what is kept
      co_return co_await deals_.read_board(request, std::move(pipeline), std::move(slice));
    auto claim = board_claim(deals_, request.identity, std::move(pipeline), std::move(slice));
    co_return co_await prover_->prove(request, proof::Kind::totals, std::move(claim));
  }

  Task<Result<OneRow<SummaryRow>>> prove_summary(RequestContext& request, std::string pipeline, std::int64_t days) {
    if (!prover_)
      co_return co_await deals_.read_summary(request, std::move(pipeline), days);
    auto claim = summary_claim(deals_, request.identity, std::move(pipeline), days);
    co_return co_await prover_->prove(request, proof::Kind::totals, std::move(claim));
  }

  Deals& deals_;
  proof::Prover* prover_;
};

}  // namespace

std::vector<http::Route> routes(Deals& deals, proof::Prover* prover) {
  using http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(deals, prover), "deals");
  const auto of_org = [](http::Route& route) -> http::Route& {
    route.auth = http::Auth::org_member;
    return route;
  };
  const auto add_read = [&](std::string_view path, std::string_view operation, std::string_view summary,
                            http::RouteTable<Handlers>::Handler handler) -> http::Route& {
    return of_org(table.add(Method::get, path, operation, summary, handler));
  };

  auto& list = add_read("/api/deals", "list_deals",
                        "Deals of the organisation with their contacts' names, by any mix of filters in six orders.",
                        &Handlers::list_deals);
  http::takes_query<ListQuery>(list);
  http::answers<ListAnswer>(list);

  auto& board = add_read(
      "/api/deals/pipeline", "read_board",
      "The board of a pipeline: open deals by stage with totals, or a closed stage; whole, or so many cards a stage.",
      &Handlers::read_board);
  http::takes_query<BoardQuery>(board);
  http::answers<BoardAnswer>(board);

  auto& forecast = add_read("/api/deals/forecast", "list_forecast", "Open deals by the month they should close in.",
                            &Handlers::list_forecast);
  http::takes_query<ForecastQuery>(forecast);
  http::answers<ForecastAnswer>(forecast);

  auto& summary = add_read("/api/deals/stats/summary", "read_summary",
                           "Open deals now, and what was won and lost in the last days.", &Handlers::read_summary);
  http::takes_query<SummaryQuery>(summary);
  http::answers<SummaryAnswer>(summary);

  auto& breakdown =
      add_read("/api/deals/stats/breakdown", "list_breakdown",
               "Counts and won value by agent, quarter, month, product or stage.", &Handlers::list_breakdown);
  http::takes_query<BreakdownQuery>(breakdown);
  http::answers<BreakdownAnswer>(breakdown);

  auto& create = of_org(table.add(Method::post, "/api/deals", "create_deal", "Stores a deal.", &Handlers::create_deal));
  create.idempotency = http::Idempotency::optional;
  create.error_statuses = {409, 413, 415};
  http::takes_body<NewDeal>(create);
  http::answers<DealRow>(create, 201);

  auto& get = of_org(table.add(Method::get, "/api/deals/{deal_id}", "get_deal", "One deal.", &Handlers::get_deal));
  get.error_statuses = {404};
  http::answers<DealRow>(get);

  auto& update =
      of_org(table.add(Method::patch, "/api/deals/{deal_id}", "update_deal",
                       "Changes a deal; null clears a member; If-Match makes it conditional.", &Handlers::update_deal));
  update.error_statuses = {404, 412, 413, 415};
  http::takes_body<DealChange>(update);
  http::answers<DealRow>(update);

  auto& remove =
      of_org(table.add(Method::del, "/api/deals/{deal_id}", "delete_deal", "Deletes a deal.", &Handlers::delete_deal));
  remove.error_statuses = {404, 412};
  remove.success_status = 204;

  auto& move = of_org(table.add(Method::post, "/api/deals/{deal_id}/move", "move_deal",
                                "Moves a deal to a stage; won, lost and reopening set what follows from it.",
                                &Handlers::move_deal));
  move.idempotency = http::Idempotency::optional;
  move.error_statuses = {404, 409, 412};
  http::takes_query<MoveQuery>(move);
  http::answers<MoveAnswer>(move);
  return std::move(table).take();
}

}  // namespace salesflow::deals
