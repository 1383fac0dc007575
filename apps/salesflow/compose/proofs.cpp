#include "apps/salesflow/compose/proofs.hpp"

namespace salesflow::apps {

proof::Prover& keep_prover(Composition& to) {
  return to.keep<proof::Prover>(to.context, to.app_db, to.shared.proofs);
}

}  // namespace salesflow::apps
