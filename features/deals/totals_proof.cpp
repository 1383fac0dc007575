#include "features/deals/totals_proof.hpp"

#include <fmt/format.h>

#include <string>

#include "features/deals/queries.hpp"

namespace salesflow::deals {
namespace {

void show(std::string& text, std::string_view of, std::int64_t count, RawJsonView value, RawJsonView weighted_value,
          RawJsonView by_currency) {
  text += fmt::format("{} {} deals {} weighted {} by_currency {}; ", of, count, value.text, weighted_value.text,
                      by_currency.text);
}

constexpr std::string_view all = "all";

std::string figures_of(const OneRow<SummaryRow>& summary) {
  std::string text;
  show(text, all, summary->open_count, summary->open_value, summary->open_weighted_value, summary->open_by_currency);
  return text;
}

/// Stages, then all of them; an empty board says nothing of all.
std::string figures_of(const Board& board) {
  std::string text = "board: ";
  for (const auto& row : board.rows) {
    if (row.by_currency)
      show(text, row.stage, row.deals, row.value, row.weighted_value, *row.by_currency);
  }
  if (!board.rows.empty()) {
    const BoardRow& first = board.rows.rows.front();
    show(text, all, first.total_deals, first.total_value, first.total_weighted_value,
         first.total_by_currency.value_or(RawJsonView{"null"}));
  }
  return text;
}

std::string summary_of(const RowSet<OpenSumsRow>& counted) {
  std::string text;
  for (const auto& row : counted) {
    if (!row.stage)
      show(text, all, row.deals, row.value, row.weighted_value, row.by_currency);
  }
  return text;
}

std::string board_of(const RowSet<OpenSumsRow>& counted) {
  std::string text = "board: ";
  for (const auto& row : counted) {
    if (row.stage || row.deals > 0)
      show(text, row.stage.value_or(all), row.deals, row.value, row.weighted_value, row.by_currency);
  }
  return text;
}

std::string statement_of(const Identity& identity, const std::string& pipeline, const std::optional<Uuid>& owner_id) {
  using recount = sql::recount_open_sums;
  return fmt::format("{} $1={} $2={} $3={}", recount::pick(owner_id ? recount::owner : 0U).file,
                     identity.org_id.to_string(), pipeline, owner_id ? owner_id->to_string() : "NULL");
}

std::function<Task<Result<std::string>>(RequestContext&)> recount_by(Deals& deals, std::string pipeline,
                                                                     std::optional<Uuid> owner_id,
                                                                     std::string (*shown)(const RowSet<OpenSumsRow>&)) {
  return
      [&deals, pipeline = std::move(pipeline), owner_id, shown](RequestContext& request) -> Task<Result<std::string>> {
        const auto counted = co_await deals.recount_open_sums(request, pipeline, owner_id);
        if (!counted)
          co_return counted.error();
        co_return shown(*counted);
      };
}

}  // namespace

proof::Claim<OneRow<SummaryRow>> summary_claim(Deals& deals, const Identity& identity, std::string pipeline,
                                               std::int64_t days) {
  proof::Claim<OneRow<SummaryRow>> claim;
  claim.statement = statement_of(identity, pipeline, {});
  claim.live = [&deals, pipeline, days](RequestContext& request) {
    return deals.read_summary(request, pipeline, days);
  };
  claim.show = [](const OneRow<SummaryRow>& summary) { return figures_of(summary); };
  claim.recount = recount_by(deals, std::move(pipeline), {}, summary_of);
  return claim;
}

proof::Claim<Board> board_claim(Deals& deals, const Identity& identity, std::string pipeline, BoardSlice slice) {
  proof::Claim<Board> claim;
  claim.statement = statement_of(identity, pipeline, slice.owner_id);
  claim.live = [&deals, pipeline, slice](RequestContext& request) {
    return deals.read_board(request, pipeline, slice);
  };
  claim.show = [](const Board& board) { return figures_of(board); };
  claim.recount = recount_by(deals, std::move(pipeline), slice.owner_id, board_of);
  return claim;
}

}  // namespace salesflow::deals
