// Deals: what an organisation may sell, to whom, how far it is and how it ended. Answers Q7 of the strategy (list and
// board). Rows belong to an organisation; every call runs as a member of it.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/exact.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::deals {

enum class Stage { new_, qualified, meeting, proposal, negotiation, won, lost };
BOOST_DESCRIBE_ENUM(Stage, new_, qualified, meeting, proposal, negotiation, won, lost)
/// Won or lost.
inline bool is_closed(Stage stage) {
  return stage == Stage::won || stage == Stage::lost;
}
enum class Sort { created_at, updated_at, title, value, stage_entered_at, expected_close_date };
BOOST_DESCRIBE_ENUM(Sort, created_at, updated_at, title, value, stage_entered_at, expected_close_date)
enum class Direction { asc, desc };
BOOST_DESCRIBE_ENUM(Direction, asc, desc)
enum class BreakdownBy { agent, quarter, month, product, stage };
BOOST_DESCRIBE_ENUM(BreakdownBy, agent, quarter, month, product, stage)

/// An amount in any currency: none has more than four decimals (currency_decimals).
using Amount = Exact<0, 1'000'000'000'000, 4>;

inline constexpr std::string_view default_pipeline = "default";
inline constexpr std::int64_t per_page_max = 250, cards_per_stage_max = 250;

/// A deal as stored and as sent (contract 1.4 plus row_version). Text columns stay text on the way out: an adopted
/// database may hold values that our enums do not know. Views point into the RowSet that holds the row.
struct DealRow {
  Uuid id;
  Uuid org_id;
  std::optional<Uuid> contact_id, owner_id, created_by;
  std::string_view title = "Unbekannt";
  std::optional<std::string_view> description, notes;
  DecimalView value{"0"};
  std::optional<std::string_view> currency;
  std::optional<DecimalView> recurring_value;
  std::optional<std::string_view> recurring_interval;
  std::optional<std::string_view> pipeline;
  std::string_view stage = "new";
  std::optional<std::int32_t> probability;
  std::optional<DecimalView> weighted_value;
  TimePoint stage_entered_at;
  std::optional<Date> expected_close_date;
  std::optional<bool> won;
  std::optional<TimePoint> closed_at;
  std::optional<std::string_view> lost_reason, lost_to_competitor;
  RawJsonView products;
  std::vector<std::string_view> tags;
  RawJsonView custom_fields;
  TimePoint created_at, updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(DealRow, (),
                      (id, org_id, contact_id, owner_id, created_by, title, description, notes, value, currency,
                       recurring_value, recurring_interval, pipeline, stage, probability, weighted_value,
                       stage_entered_at, expected_close_date, won, closed_at, lost_reason, lost_to_competitor, products,
                       tags, custom_fields, created_at, updated_at, row_version))

/// A deal after a change, with the stage it was in before.
struct ChangedDeal : DealRow {
  std::string_view from_stage;
};
BOOST_DESCRIBE_STRUCT(ChangedDeal, (DealRow), (from_stage))

/// A deal in a list; contact_name is that of its contact now.
struct DealItem {
  Uuid id;
  std::string_view title;
  DecimalView value{"0"};
  std::optional<std::string_view> currency;
  std::string_view stage;
  std::optional<std::int32_t> probability;
  std::optional<DecimalView> weighted_value;
  std::optional<Date> expected_close_date;
  std::optional<Uuid> contact_id;
  std::optional<std::string_view> contact_name;
  std::optional<Uuid> owner_id;
  TimePoint stage_entered_at, created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(DealItem, (),
                      (id, title, value, currency, stage, probability, weighted_value, expected_close_date, contact_id,
                       contact_name, owner_id, stage_entered_at, created_at, updated_at))

/// As the store reads it: with the sort key that is not sent, the list's total in each row, and in the first one the
/// sums of all that the list shows: {currency, value, weighted_value, by_currency}. Sums are kept for open deals by
/// stage, pipeline and owner; other lists have none.
struct ListedDeal : DealItem {
  std::optional<std::int64_t> value_minor;
  std::int64_t total = 0;
  std::optional<RawJsonView> sums;
};
BOOST_DESCRIBE_STRUCT(ListedDeal, (DealItem), (value_minor, total, sums))

/// Which deals a list shows; absent means all.
struct DealFilter {
  std::vector<Stage> stages;
  std::optional<std::string> pipeline;
  std::optional<Uuid> owner_id, contact_id;
  std::optional<std::int64_t> value_minor_min, value_minor_max;
  std::optional<Date> closes_from, closes_before;
  std::string search;     // a part of the title; its beginning for a term without three letters or digits in a row
  bool open_only = true;  // not with a closed stage
};

using DealPage = Page<ListedDeal>;

/// Where a list goes on. Members that its order does not use keep their initial value.
struct DealPosition {
  bool at_start = false;  // no cursor says so
  TimePoint at{};
  std::int64_t value_minor = 0;
  TextKey title;
  Date close_date{};
  Uuid id;
  Uuid undated_id;  // by expected_close_date: where the part without a day goes on
};
BOOST_DESCRIBE_STRUCT(DealPosition, (), (at, value_minor, title, close_date, id, undated_id))

/// A new deal; members as on the wire. What is absent gets the defaults of contract 1.4 (value 0, the
/// organisation's currency, pipeline default, stage new, probability 10).
struct NewDeal {
  std::optional<Uuid> contact_id, owner_id;
  Text<1, 200> title;
  std::optional<Text<0, 10000>> description, notes;
  std::optional<Amount> value;
  std::optional<Text<1, 20>> currency;  // ISO 4217, upper or lower case
  std::optional<Amount> recurring_value;
  std::optional<Text<1, 50>> recurring_interval;
  std::optional<Text<1, 100>> pipeline;
  std::optional<Stage> stage;
  std::optional<Ranged<std::int32_t, 0, 100>> probability;
  std::optional<Date> expected_close_date;
  std::optional<Text<0, 1000>> lost_reason, lost_to_competitor;
  std::optional<RawJson> products;
  std::vector<Text<1, 100>> tags;
  std::optional<RawJson> custom_fields;
};
BOOST_DESCRIBE_STRUCT(NewDeal, (),
                      (contact_id, owner_id, title, description, notes, value, currency, recurring_value,
                       recurring_interval, pipeline, stage, probability, expected_close_date, lost_reason,
                       lost_to_competitor, products, tags, custom_fields))

/// A change; absent members stay, null clears one. What follows from the stage is set by the database.
struct DealChange {
  Patch<Uuid> contact_id, owner_id;
  Patch<Text<1, 200>> title;
  Patch<Text<0, 10000>> description, notes;
  Patch<Amount> value;
  Patch<Text<1, 20>> currency;
  Patch<Amount> recurring_value;
  Patch<Text<1, 50>> recurring_interval;
  Patch<Text<1, 100>> pipeline;
  Patch<Stage> stage;
  Patch<Ranged<std::int32_t, 0, 100>> probability;
  Patch<Date> expected_close_date;
  Patch<Text<0, 1000>> lost_reason, lost_to_competitor;
  Patch<RawJson> products;
  Patch<std::vector<Text<1, 100>>> tags;
  Patch<RawJson> custom_fields;
};
BOOST_DESCRIBE_STRUCT(DealChange, (),
                      (contact_id, owner_id, title, description, notes, value, currency, recurring_value,
                       recurring_interval, pipeline, stage, probability, expected_close_date, lost_reason,
                       lost_to_competitor, products, tags, custom_fields))

/// Why a write met no row.
struct References {
  std::optional<std::int64_t> row_version;
  bool contact_known = true, owner_known = true;
  std::string_view currency = "EUR";           // the deal's, else the organisation's
  std::optional<std::int32_t> value_decimals;  // of the deal
};
BOOST_DESCRIBE_STRUCT(References, (), (row_version, contact_known, owner_known, currency, value_decimals))

/// One row of the board: a stage with its totals and one of its cards, if it has any. Amounts are JSON numbers; sums
/// are of own_currency, those of each currency stand in the first row of a stage, and in the first of all.
struct BoardRow {
  std::string_view stage;
  std::int64_t deals = 0;
  RawJsonView value, weighted_value;
  std::optional<RawJsonView> by_currency;
  std::string_view own_currency;
  std::int64_t total_deals = 0;
  RawJsonView total_value, total_weighted_value;
  std::optional<RawJsonView> total_by_currency;
  std::optional<Uuid> id;
  std::optional<std::string_view> title;
  std::optional<RawJsonView> card_value;
  std::optional<std::string_view> currency;
  std::optional<std::int32_t> probability;
  std::optional<RawJsonView> card_weighted_value;
  std::optional<Date> expected_close_date;
  std::optional<Uuid> contact_id;
  std::optional<std::string_view> contact_name, contact_company;
  std::optional<Uuid> owner_id;
  std::optional<TimePoint> stage_entered_at;
  std::optional<std::string_view> notes;
};
BOOST_DESCRIBE_STRUCT(BoardRow, (),
                      (stage, deals, value, weighted_value, by_currency, own_currency, total_deals, total_value,
                       total_weighted_value, total_by_currency, id, title, card_value, currency, probability,
                       card_weighted_value, expected_close_date, contact_id, contact_name, contact_company, owner_id,
                       stage_entered_at, notes))

/// Which part of the board: all open stages from their first card, or one stage, which may be closed, behind a cursor.
struct BoardSlice {
  std::optional<Uuid> owner_id;
  std::optional<Stage> stage;
  std::string cursor;                           // of that stage
  std::optional<std::int64_t> cards_per_stage;  // absent: the whole board
};

/// Rows by stage, each stage's cards in the order they entered it, one more than asked for where there are more.
struct Board {
  RowSet<BoardRow> rows;
};

/// One deal of the forecast, with the sums of its month and of all, as the board's. Amounts are JSON numbers.
struct ForecastRow {
  std::string_view own_currency;
  std::string_view month;
  std::int64_t month_deals = 0;
  RawJsonView month_value, month_weighted_value;
  std::optional<RawJsonView> month_by_currency;
  std::int64_t all_deals = 0;
  RawJsonView all_value, all_weighted_value;
  std::optional<RawJsonView> all_by_currency;
  Uuid id;
  std::string_view title;
  RawJsonView value;
  std::optional<std::string_view> currency;
  std::string_view stage;
  std::optional<std::int32_t> probability;
  std::optional<RawJsonView> weighted_value;
  Date expected_close_date{};
  std::optional<Uuid> contact_id;
  std::optional<std::string_view> contact_name;
  std::optional<Uuid> owner_id;
};
BOOST_DESCRIBE_STRUCT(ForecastRow, (),
                      (own_currency, month, month_deals, month_value, month_weighted_value, month_by_currency,
                       all_deals, all_value, all_weighted_value, all_by_currency, id, title, value, currency, stage,
                       probability, weighted_value, expected_close_date, contact_id, contact_name, owner_id))

struct SummaryRow {
  std::string_view own_currency;
  std::int64_t open_count = 0;
  RawJsonView open_value, open_weighted_value, open_by_currency;
  std::int64_t won_count = 0;
  RawJsonView won_value, won_by_currency;
  std::int64_t lost_count = 0;
  RawJsonView lost_value, lost_by_currency, win_rate, avg_deal_value;
};
BOOST_DESCRIBE_STRUCT(SummaryRow, (),
                      (own_currency, open_count, open_value, open_weighted_value, open_by_currency, won_count,
                       won_value, won_by_currency, lost_count, lost_value, lost_by_currency, win_rate, avg_deal_value))

/// A stage's open deals, or all when there is no stage, counted from the deals; written as the board's sums.
struct OpenSumsRow {
  std::optional<std::string_view> stage;
  std::int64_t deals = 0;
  RawJsonView value, weighted_value, by_currency;
};
BOOST_DESCRIBE_STRUCT(OpenSumsRow, (), (stage, deals, value, weighted_value, by_currency))

/// Which deals a breakdown counts; with either day only deals closed in the range (both days in it, UTC).
struct BreakdownFilter {
  BreakdownBy by = BreakdownBy::stage;
  std::optional<std::string> pipeline;
  std::optional<Date> from, to;
};

/// One group. key: owner id, "2026-Q4", "2026-11", product name or stage; null for what has none.
struct BreakdownRow {
  std::int64_t deals = 0, open = 0, won = 0, lost = 0;
  RawJsonView won_value, open_value, by_currency;
  std::string_view currency;  // of won_value and open_value
  std::optional<std::string_view> key, name;
};
BOOST_DESCRIBE_STRUCT(BreakdownRow, (),
                      (deals, open, won, lost, won_value, open_value, by_currency, currency, key, name))

/// The amounts of a write, and the currency that it names.
struct Amounts {
  std::optional<std::string> currency;
  std::optional<Amount> value, recurring_value;
};

class Store;

/// The use cases. Every call: one statement, one round trip, except where said. Errors besides those named:
/// unavailable, deadline_exceeded.
class Deals {
 public:
  explicit Deals(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Errors: malformed for another list's cursor. Cost: a second statement for a cursor behind a title of more than
  /// TextKey::bytes_max.
  Task<Result<DealPage>> list_deals(RequestContext& request, DealFilter filter, Sort sort, Direction direction,
                                    PageRequest paging);
  /// Errors: not_found, also for another organisation's deal.
  Task<Result<OneRow<DealRow>>> get_deal(RequestContext& request, Uuid deal_id);
  /// A missing owner is the caller; with a contact an activity `stage_change` is stored, too. Cost: a second statement
  /// only to name what was refused. Errors: invalid_argument naming contact_id or owner_id that the organisation lacks,
  /// a currency that ISO 4217 does not know, or an amount with more decimals than its currency has.
  Task<Result<OneRow<DealRow>>> create_deal(RequestContext& request, NewDeal deal);
  /// `row_version`, when given, must be the current one. won, closed_at, stage_entered_at and the reason for losing
  /// follow a new stage, which is logged with the contact. Errors and cost: as create_deal; not_found;
  /// precondition_failed when somebody else was faster; invalid_argument for null where a deal needs a value.
  Task<Result<OneRow<ChangedDeal>>> update_deal(RequestContext& request, Uuid deal_id, DealChange change,
                                                std::optional<std::int64_t> row_version);
  /// Errors: not_found; precondition_failed.
  Task<Result<void>> delete_deal(RequestContext& request, Uuid deal_id, std::optional<std::int64_t> row_version);

  /// Totals and cards of one instant. Errors: malformed for another stage's cursor.
  Task<Result<Board>> read_board(RequestContext& request, std::string pipeline, BoardSlice slice);
  /// Goes on behind the card. `pipeline` and owner as asked for.
  static std::string board_cursor(const RequestContext& request, std::string_view pipeline, const BoardSlice& slice,
                                  const BoardRow& card);
  /// Open deals that should close from today on within 30 × `months` days.
  Task<Result<RowSet<ForecastRow>>> list_forecast(RequestContext& request, std::string pipeline, std::int64_t months);
  /// Open deals now; deals won and lost in the last `days` days.
  Task<Result<OneRow<SummaryRow>>> read_summary(RequestContext& request, std::string pipeline, std::int64_t days);
  Task<Result<RowSet<BreakdownRow>>> list_breakdown(RequestContext& request, BreakdownFilter filter);
  /// Open deals by stage, and all of them last, from single deals: what board and summary are held against. Cost: every
  /// open deal of the pipeline.
  Task<Result<RowSet<OpenSumsRow>>> recount_open_sums(RequestContext& request, std::string pipeline,
                                                      std::optional<Uuid> owner_id);

 private:
  /// The position with its long title, from its row. Errors: malformed when that is gone or was changed.
  Task<Result<DealPosition>> restore(RequestContext& request, DealPosition after);
  Task<Error> explain_refusal(RequestContext& request, std::optional<Uuid> deal_id, std::optional<Uuid> contact_id,
                              std::optional<Uuid> owner_id, Amounts amounts);

  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::deals
