// Deals as JSON: what is stored as one jsonb argument, and the answers whose shape is not a row's.
#pragma once

#include "features/deals/deals.hpp"

namespace salesflow::deals {

/// Each member of a new deal, and the members that a change has.
RawJson to_record(const NewDeal& deal);
RawJson to_record(const DealChange& change);

/// A card of the board. Amounts are JSON numbers with all their digits.
struct BoardCard {
  Uuid id;
  std::string_view title;
  RawJsonView value;
  std::optional<std::string_view> currency;
  std::string_view stage;
  std::optional<std::int32_t> probability;
  std::optional<RawJsonView> weighted_value;
  std::optional<Date> expected_close_date;
  std::optional<Uuid> contact_id;
  std::optional<std::string_view> contact_name, contact_company;
  std::optional<Uuid> owner_id;
  TimePoint stage_entered_at;
  std::optional<std::string_view> notes;
};
BOOST_DESCRIBE_STRUCT(BoardCard, (),
                      (id, title, value, currency, stage, probability, weighted_value, expected_close_date, contact_id,
                       contact_name, contact_company, owner_id, stage_entered_at, notes))

struct BoardStages {
  std::vector<BoardCard> new_, qualified, meeting, proposal, negotiation;
  std::vector<BoardCard> won, lost;  // each empty unless the board was asked for it
};
BOOST_DESCRIBE_STRUCT(BoardStages, (), (new_, qualified, meeting, proposal, negotiation, won, lost))

/// Sums are of `currency`, the organisation's; by_currency has [{currency, count, value, weighted_value}], each amount
/// a string with its currency's decimals.
struct BoardTotals {
  RawJsonView total_value{"0"}, weighted_value{"0"};
  std::int64_t deal_count = 0;
  std::optional<std::string_view> currency;  // null: nothing to sum
  RawJsonView by_currency{"[]"};
};
BOOST_DESCRIBE_STRUCT(BoardTotals, (), (total_value, weighted_value, deal_count, currency, by_currency))

struct BoardAnswer {
  std::string pipeline;
  BoardStages stages;
  std::vector<std::string_view> stage_order;
  RawJson stage_totals;  // by stage: count, value, weighted, by_currency
  BoardTotals totals;
  std::optional<std::int64_t> per_stage;
  RawJson next_cursors;  // by stage, those with further cards
};
BOOST_DESCRIBE_STRUCT(BoardAnswer, (), (pipeline, stages, stage_order, stage_totals, totals, per_stage, next_cursors))

/// The board as clients read it; cuts off each stage's look-ahead card.
BoardAnswer to_answer(const RequestContext& request, const Board& board, std::string pipeline, const BoardSlice& slice);

struct ForecastDeal {
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
BOOST_DESCRIBE_STRUCT(ForecastDeal, (),
                      (id, title, value, currency, stage, probability, weighted_value, expected_close_date, contact_id,
                       contact_name, owner_id))

struct ForecastMonth {
  std::string_view month;
  std::vector<ForecastDeal> deals;
  RawJsonView total_value, weighted_value;
  std::int64_t count = 0;
  RawJsonView by_currency;
};
BOOST_DESCRIBE_STRUCT(ForecastMonth, (), (month, deals, total_value, weighted_value, count, by_currency))

struct ForecastSummary {
  std::int64_t total_deals = 0;
  RawJsonView total_value{"0"}, weighted_value{"0"};
  std::optional<std::string_view> currency;  // null: nothing to sum
  RawJsonView by_currency{"[]"};
};
BOOST_DESCRIBE_STRUCT(ForecastSummary, (), (total_deals, total_value, weighted_value, currency, by_currency))

struct ForecastAnswer {
  std::vector<ForecastMonth> forecast;
  ForecastSummary summary;
};
BOOST_DESCRIBE_STRUCT(ForecastAnswer, (), (forecast, summary))

ForecastAnswer to_answer(const RowSet<ForecastRow>& rows);

}  // namespace salesflow::deals
