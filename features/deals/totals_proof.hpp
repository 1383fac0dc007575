// Sums of open deals of which one in N answers is counted again from single deals (docs/decisions/0057).
#pragma once

#include "features/deals/deals.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::deals {

/// What is open in a summary or on a board, and how it is counted again. `deals` must outlive them.
proof::Claim<OneRow<SummaryRow>> summary_claim(Deals& deals, const Identity& identity, std::string pipeline,
                                               std::int64_t days);
proof::Claim<Board> board_claim(Deals& deals, const Identity& identity, std::string pipeline, BoardSlice slice);

}  // namespace salesflow::deals
