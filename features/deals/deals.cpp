#include "features/deals/deals.hpp"

#include <limits>

#include "features/deals/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/currency.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/patch.hpp"
#include "platform/core/valid_until.hpp"

namespace salesflow::deals {
namespace {

// The infinities of PostgreSQL's calendar: a day in front of all others and one behind.
constexpr Date first_day{std::chrono::days(INT32_MIN)}, last_day{std::chrono::days(INT32_MAX)};
constexpr std::int64_t all_cards = 1'000'000;

/// Before the first row.
DealPosition start_of(Direction direction) {
  const bool down = direction == Direction::desc;
  DealPosition start;
  start.at_start = true;
  start.at = down ? time_infinity : time_minus_infinity;
  start.value_minor = down ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  start.close_date = down ? last_day : first_day;
  start.id = start.undated_id = down ? highest_id : Uuid{};
  return start;
}

DealPosition position_of(const ListedDeal& last, Sort sort) {
  DealPosition place;
  place.id = last.id;
  switch (sort) {
    case Sort::created_at:
      place.at = last.created_at;
      break;
    case Sort::updated_at:
      place.at = last.updated_at;
      break;
    case Sort::stage_entered_at:
      place.at = last.stage_entered_at;
      break;
    case Sort::title:
      place.title = TextKey(last.title);
      break;
    case Sort::value:
      place.value_minor = last.value_minor.value_or(0);
      break;
    case Sort::expected_close_date:
      // Read upwards, deals without a day follow all that have one; read downwards they stand in front.
      place.close_date = last.expected_close_date.value_or(last_day);
      if (!last.expected_close_date) {
        place.undated_id = last.id;
        place.id = highest_id;
      }
      break;
  }
  return place;
}

Scope board_scope(const RequestContext& request, std::string_view pipeline, std::optional<Uuid> owner_id,
                  std::string_view stage) {
  return {"deals.board", request.identity.org_id, pipeline, owner_id, stage};
}

/// What a deal cannot be without, and what null stands for where it can.
Result<void> check_nulls(DealChange& change) {
  Error error = fail(Errc::invalid_argument, {});
  const auto refuse = [&](const auto& member, std::string_view field) {
    if (member.present && !member.value)
      error.errors.push_back({std::string(field), "must not be null"});
  };
  refuse(change.title, "title");
  refuse(change.value, "value");
  refuse(change.currency, "currency");
  refuse(change.pipeline, "pipeline");
  refuse(change.stage, "stage");
  refuse(change.probability, "probability");
  if (!error.errors.empty()) {
    error.public_detail = error.errors.front().field + " " + error.errors.front().reason;
    return error;
  }
  const auto clear = [](auto& member, auto value) {
    if (member.present && !member.value)
      member.value = std::move(value);
  };
  clear(change.products, RawJson{"[]"});
  clear(change.tags, std::vector<Text<1, 100>>{});
  clear(change.custom_fields, RawJson{"{}"});
  return {};
}

/// jsonb columns whose shape everything else relies on.
Result<void> check_shapes(std::string_view products, std::string_view custom_fields) {
  if (!products.starts_with('['))
    return fail(Errc::invalid_argument, "products must be an array", "products");
  if (!custom_fields.starts_with('{'))
    return fail(Errc::invalid_argument, "custom_fields must be an object", "custom_fields");
  return {};
}

/// Upper case and without white space; a currency that ISO 4217 does not know is refused.
Result<void> check_currency(Text<1, 20>& currency) {
  auto code = parse_currency(currency.value);
  if (!code)
    return fail(Errc::invalid_argument, "currency must be a code of ISO 4217, such as EUR", "currency");
  currency.value = std::move(*code);
  return {};
}

/// The first amount that has more decimals than its currency; empty: none.
std::string too_fine(const Amounts& amounts, int decimals) {
  std::int64_t unit = 1;
  for (int i = decimals; i < Amount::scale; ++i)
    unit *= 10;
  if (amounts.value && amounts.value->scaled % unit != 0)
    return "value";
  return amounts.recurring_value && amounts.recurring_value->scaled % unit != 0 ? "recurring_value" : "";
}

Date today(Clock clock) {
  return std::chrono::floor<std::chrono::days>(clock());
}

}  // namespace

Task<Result<DealPage>> Deals::list_deals(RequestContext& request, DealFilter filter, Sort sort, Direction direction,
                                         PageRequest paging) {
  const Scope scope("deals.list_deals", request.identity.org_id, filter.stages, filter.pipeline, filter.owner_id,
                    filter.contact_id, filter.value_minor_min, filter.value_minor_max, filter.closes_from,
                    filter.closes_before, filter.search, filter.open_only, sort, direction);
  auto after = decode_cursor(paging.cursor, scope, start_of(direction));
  if (after && !after->title.is_whole())
    after = co_await restore(request, std::move(*after));
  if (!after)
    co_return after.error();
  PageRequest one_more = paging.with_look_ahead();
  if (filter.closes_before)
    ends_at(request, *filter.closes_before);  // this month, while it is
  auto rows =
      co_await store_.list_deals(request, std::move(filter), sort, direction, std::move(*after), std::move(one_more));
  if (!rows)
    co_return rows.error();
  const auto place = [&](const ListedDeal& last) { return position_of(last, sort); };
  co_return make_page(std::move(*rows), paging, scope, place);
}

Task<Result<DealPosition>> Deals::restore(RequestContext& request, DealPosition after) {
  const auto last = co_await store_.get_deal(request, after.id);
  if (!last)
    co_return last.error();
  if (!*last || !after.title.restore((*last)->title))
    co_return refused_cursor();
  co_return after;
}

Task<Result<OneRow<DealRow>>> Deals::get_deal(RequestContext& request, Uuid deal_id) {
  auto found = co_await store_.get_deal(request, deal_id);
  if (found && !*found)
    co_return fail(Errc::not_found, "There is no such deal", "deal_id");
  co_return found;
}

Task<Result<OneRow<DealRow>>> Deals::create_deal(RequestContext& request, NewDeal deal) {
  const auto checked =
      check_shapes(deal.products ? deal.products->text : "[", deal.custom_fields ? deal.custom_fields->text : "{");
  if (!checked)
    co_return checked.error();
  Amounts amounts{std::nullopt, deal.value, deal.recurring_value};
  if (deal.currency) {
    if (auto known = check_currency(*deal.currency); !known)
      co_return known.error();
    amounts.currency = deal.currency->value;
  }
  const auto contact_id = deal.contact_id, owner_id = deal.owner_id;
  auto made = co_await store_.create_deal(request, std::move(deal));
  if (made && !*made)
    co_return co_await explain_refusal(request, std::nullopt, contact_id, owner_id, std::move(amounts));
  co_return made;
}

Task<Result<OneRow<ChangedDeal>>> Deals::update_deal(RequestContext& request, Uuid deal_id, DealChange change,
                                                     std::optional<std::int64_t> row_version) {
  if (!changes_anything(change))
    co_return fail(Errc::invalid_argument, "The body changes nothing", "body");
  if (auto checked = check_nulls(change); !checked)
    co_return checked.error();
  auto checked = check_shapes(change.products.present ? change.products.value->text : "[",
                              change.custom_fields.present ? change.custom_fields.value->text : "{");
  if (!checked)
    co_return checked.error();
  Amounts amounts{std::nullopt, change.value.value, change.recurring_value.value};
  if (change.currency.value) {
    if (auto known = check_currency(*change.currency.value); !known)
      co_return known.error();
    amounts.currency = change.currency.value->value;
  }
  const auto contact_id = change.contact_id.value, owner_id = change.owner_id.value;
  auto changed = co_await store_.update_deal(request, deal_id, std::move(change), row_version);
  if (changed && !*changed)
    co_return co_await explain_refusal(request, deal_id, contact_id, owner_id, std::move(amounts));
  co_return changed;
}

Task<Result<void>> Deals::delete_deal(RequestContext& request, Uuid deal_id, std::optional<std::int64_t> row_version) {
  const auto deleted = co_await store_.delete_deal(request, deal_id, row_version);
  if (!deleted)
    co_return deleted.error();
  if (*deleted == 0)
    co_return co_await explain_refusal(request, deal_id, std::nullopt, std::nullopt, {});
  co_return Result<void>();
}

Task<Error> Deals::explain_refusal(RequestContext& request, std::optional<Uuid> deal_id, std::optional<Uuid> contact_id,
                                   std::optional<Uuid> owner_id, Amounts amounts) {
  const auto found = co_await store_.check_references(request, deal_id, contact_id, owner_id);
  if (!found)
    co_return found.error();
  const References references = found->row.value_or(References{});
  if (deal_id && !references.row_version)
    co_return changed_since("deal", "deal_id", std::nullopt);
  if (!references.contact_known)
    co_return fail(Errc::invalid_argument, "contact_id names no contact of the organisation", "contact_id");
  if (!references.owner_known)
    co_return fail(Errc::invalid_argument, "owner_id names no member of the organisation", "owner_id");
  const std::string currency = amounts.currency.value_or(std::string(references.currency));
  const int decimals = currency_decimals(currency);
  std::string field = too_fine(amounts, decimals);
  if (field.empty() && amounts.currency && !amounts.value && references.value_decimals.value_or(0) > decimals)
    field = "value";
  if (!field.empty()) {
    const std::string detail = field + " must have at most " + std::to_string(decimals) + " decimals in " + currency;
    co_return fail(Errc::invalid_argument, detail, field);
  }
  co_return changed_since("deal", "deal_id", references.row_version);
}

Task<Result<Board>> Deals::read_board(RequestContext& request, std::string pipeline, BoardSlice slice) {
  TimePosition after = before_oldest;
  if (!slice.cursor.empty()) {
    if (!slice.stage)
      co_return fail(Errc::invalid_argument, "a cursor needs the stage that it belongs to", "query.stage");
    const Scope scope = board_scope(request, pipeline, slice.owner_id, enum_name(*slice.stage));
    const auto read = decode_cursor(slice.cursor, scope, before_oldest);
    if (!read)
      co_return read.error();
    after = *read;
  }
  std::vector<Stage> stages{Stage::new_, Stage::qualified, Stage::meeting, Stage::proposal, Stage::negotiation};
  if (slice.stage)
    stages = {*slice.stage};
  auto rows = co_await store_.read_board(request, std::move(pipeline), std::move(stages), slice.owner_id, after,
                                         slice.cards_per_stage ? *slice.cards_per_stage + 1 : all_cards);
  if (!rows)
    co_return rows.error();
  Board board{std::move(*rows)};
  co_return board;
}

std::string Deals::board_cursor(const RequestContext& request, std::string_view pipeline, const BoardSlice& slice,
                                const BoardRow& card) {
  return encode_cursor(TimePosition{*card.stage_entered_at, *card.id},
                       board_scope(request, pipeline, slice.owner_id, card.stage));
}

Task<Result<RowSet<ForecastRow>>> Deals::list_forecast(RequestContext& request, std::string pipeline,
                                                       std::int64_t months) {
  const Date from = today(clock_);
  return store_.list_forecast(request, std::move(pipeline), from, from + std::chrono::days(30 * months));
}

Task<Result<OneRow<SummaryRow>>> Deals::read_summary(RequestContext& request, std::string pipeline, std::int64_t days) {
  return store_.read_summary(request, std::move(pipeline), clock_() - std::chrono::days(days));
}

Task<Result<RowSet<OpenSumsRow>>> Deals::recount_open_sums(RequestContext& request, std::string pipeline,
                                                           std::optional<Uuid> owner_id) {
  return store_.recount_open_sums(request, std::move(pipeline), owner_id);
}

Task<Result<RowSet<BreakdownRow>>> Deals::list_breakdown(RequestContext& request, BreakdownFilter filter) {
  if (filter.from && filter.to && *filter.from > *filter.to)
    co_return fail(Errc::invalid_argument, "from must not be after to", "query.from");
  co_return co_await store_.list_breakdown(request, std::move(filter));
}

}  // namespace salesflow::deals
