// Badges of which one in N answers is counted again from single rows (docs/decisions/0057).
#pragma once

#include "features/inbox/inbox.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::inbox {

/// What badges say, and how it is counted again. `inbox` must outlive it.
proof::Claim<OneRow<BadgesRow>> badges_claim(Inbox& inbox, const Identity& identity, BadgeLimits limits);

}  // namespace salesflow::inbox
