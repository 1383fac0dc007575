#include "features/deals/json.hpp"

#include <algorithm>

#include "platform/core/enums.hpp"
#include "platform/json/write.hpp"

namespace salesflow::deals {
namespace {

using Cards = std::vector<BoardCard> BoardStages::*;
constexpr std::pair<std::string_view, Cards> order[] = {{"new", &BoardStages::new_},
                                                        {"qualified", &BoardStages::qualified},
                                                        {"meeting", &BoardStages::meeting},
                                                        {"proposal", &BoardStages::proposal},
                                                        {"negotiation", &BoardStages::negotiation}};
constexpr std::pair<std::string_view, Cards> closed_stages[] = {{"won", &BoardStages::won},
                                                                {"lost", &BoardStages::lost}};

/// The five open stages in their order, and the closed one that was asked for.
std::vector<std::pair<std::string_view, Cards>> order_of(const BoardSlice& slice) {
  std::vector<std::pair<std::string_view, Cards>> stages(std::begin(order), std::end(order));
  for (const auto& closed : closed_stages) {
    if (slice.stage && enum_name(*slice.stage) == closed.first)
      stages.push_back(closed);
  }
  return stages;
}

constexpr RawJsonView nothing{"[]"};

void append_total(std::string& text, std::string_view stage, std::string_view count, std::string_view value,
                  std::string_view weighted, std::string_view by_currency) {
  text += text.empty() ? "{" : ",";
  text += json::to_json(stage);
  text.append(":{\"count\":").append(count).append(",\"value\":").append(value);
  text.append(",\"weighted\":").append(weighted).append(",\"by_currency\":").append(by_currency).append("}");
}

/// All stages in their order, then what else the pipeline holds.
std::string stage_totals(const Board& board, const std::vector<std::pair<std::string_view, Cards>>& stages) {
  std::string text;
  for (const auto& [stage, cards] : stages) {
    const auto row =
        std::find_if(board.rows.begin(), board.rows.end(), [&](const auto& r) { return r.stage == stage; });
    if (row == board.rows.end())
      append_total(text, stage, "0", "0", "0", nothing.text);
    else
      append_total(text, stage, std::to_string(row->deals), row->value.text, row->weighted_value.text,
                   row->by_currency.value_or(nothing).text);
  }
  std::string_view before;
  for (const BoardRow& row : board.rows) {
    const bool named = std::any_of(stages.begin(), stages.end(), [&](const auto& o) { return o.first == row.stage; });
    if (!named && row.stage != before)
      append_total(text, row.stage, std::to_string(row.deals), row.value.text, row.weighted_value.text,
                   row.by_currency.value_or(nothing).text);
    before = row.stage;
  }
  return text + "}";
}

BoardCard to_card(const BoardRow& row) {
  return {*row.id,
          row.title.value_or(""),
          row.card_value.value_or(RawJsonView{"null"}),
          row.currency,
          row.stage,
          row.probability,
          row.card_weighted_value,
          row.expected_close_date,
          row.contact_id,
          row.contact_name,
          row.contact_company,
          row.owner_id,
          *row.stage_entered_at,
          row.notes};
}

}  // namespace

RawJson to_record(const NewDeal& deal) {
  return {json::to_json(deal, 1024)};
}

RawJson to_record(const DealChange& change) {
  return {json::present_members(change)};
}

BoardAnswer to_answer(const RequestContext& request, const Board& board, std::string pipeline,
                      const BoardSlice& slice) {
  BoardAnswer answer;
  const auto stages = order_of(slice);
  answer.stage_totals.text = stage_totals(board, stages);
  answer.per_stage = slice.cards_per_stage;
  if (!board.rows.empty()) {
    const BoardRow& any = *board.rows.begin();
    answer.totals = {any.total_value, any.total_weighted_value, any.total_deals, any.own_currency,
                     any.total_by_currency.value_or(nothing)};
  }
  std::string cursors;
  for (const auto& [stage, member] : stages) {
    answer.stage_order.push_back(stage);
    auto& cards = answer.stages.*member;
    const BoardRow* last = nullptr;
    for (const BoardRow& row : board.rows) {
      if (row.stage != stage || !row.id)
        continue;
      if (slice.cards_per_stage && static_cast<std::int64_t>(cards.size()) == *slice.cards_per_stage) {
        cursors += (cursors.empty() ? "{" : ",") + json::to_json(stage) + ":" +
                   json::to_json(Deals::board_cursor(request, pipeline, slice, *last));
        break;
      }
      cards.push_back(to_card(row));
      last = &row;
    }
  }
  answer.next_cursors.text = cursors.empty() ? "{}" : cursors + "}";
  answer.pipeline = std::move(pipeline);
  return answer;
}

ForecastAnswer to_answer(const RowSet<ForecastRow>& rows) {
  ForecastAnswer answer;
  if (!rows.empty()) {
    const ForecastRow& first = *rows.begin();
    answer.summary = {first.all_deals, first.all_value, first.all_weighted_value, first.own_currency,
                      first.all_by_currency.value_or(nothing)};
  }
  for (const ForecastRow& row : rows) {
    if (answer.forecast.empty() || answer.forecast.back().month != row.month) {
      answer.forecast.push_back({row.month,
                                 {},
                                 row.month_value,
                                 row.month_weighted_value,
                                 row.month_deals,
                                 row.month_by_currency.value_or(nothing)});
    }
    answer.forecast.back().deals.push_back({row.id, row.title, row.value, row.currency, row.stage, row.probability,
                                            row.weighted_value, row.expected_close_date, row.contact_id,
                                            row.contact_name, row.owner_id});
  }
  return answer;
}

}  // namespace salesflow::deals
