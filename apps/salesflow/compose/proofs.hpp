// What proves a slice's live answers.
#pragma once

#include "apps/salesflow/compose/composition.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::apps {

/// A prover of one slice's answers, on the ledger of all.
proof::Prover& keep_prover(Composition& to);

}  // namespace salesflow::apps
