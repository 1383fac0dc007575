#include "apps/salesflow/compose/proofs.hpp"

#include <map>
#include <mutex>

namespace salesflow::apps {
namespace {

FigureSettings settings_of_process;

}  // namespace

FigureSettings FigureSettings::read(ConfigReader& config) {
  FigureSettings figures;
  figures.refresh_views =
      config.choice("SALESFLOW_REFRESH_VIEWS", "auto", {"auto", "true"},
                    "When the materialized views are refreshed: auto (while analytics read them) or true (always).") ==
      "true";
  figures.proofs.one_in = config.integer("SALESFLOW_PROOF_ONE_IN", figures.proofs.one_in, 0, 1'000'000'000,
                                         "One of so many dashboards and other live figures is counted again from "
                                         "rows, within 1 % of a core; 0: none.");
  settings_of_process = figures;
  return figures;
}

const FigureSettings& figure_settings() {
  return settings_of_process;
}

std::shared_ptr<proof::Ledger> proof_ledger(Shared& shared) {
  static std::mutex mutex;
  static std::map<const Shared*, std::weak_ptr<proof::Ledger>> ledgers;
  const std::lock_guard lock(mutex);
  auto ledger = ledgers[&shared].lock();
  if (!ledger)
    ledgers[&shared] = ledger = std::make_shared<proof::Ledger>(figure_settings().proofs, shared.metrics);
  return ledger;
}

proof::Prover& keep_prover(Composition& to) {
  const auto ledger = proof_ledger(to.shared);
  to.kept.push_back(ledger);
  return to.keep<proof::Prover>(to.context, to.app_db, *ledger);
}

}  // namespace salesflow::apps
