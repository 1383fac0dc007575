// What this process proves of its live answers, and what keeps its materialized views fresh.
#pragma once

#include <memory>

#include "apps/salesflow/compose/composition.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::apps {

struct FigureSettings {
  bool refresh_views = false;  // the materialized views, also while nobody reads them
  proof::Settings proofs;

  static FigureSettings read(ConfigReader& config);
};

/// As ServerConfig::read found them, before threads start; defaults until then.
const FigureSettings& figure_settings();

/// The one ledger of all that share `shared`: made for the first who asks, kept by those who do. `shared` must outlive
/// it. Thread-safe.
std::shared_ptr<proof::Ledger> proof_ledger(Shared& shared);

/// A prover of one slice's answers, on the ledger of all.
proof::Prover& keep_prover(Composition& to);

}  // namespace salesflow::apps
