// Hot leads of which one in N live pages is read again from the tables (docs/decisions/0057).
#pragma once

#include "features/leads/leads.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::leads {

/// The live page of `asked`, and how it is read again. `leads` must outlive it.
proof::Claim<HotPage> hot_leads_claim(Leads& leads, const Identity& identity, HotRequest asked);

}  // namespace salesflow::leads
