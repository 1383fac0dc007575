#include "apps/salesflow/compose/composition.hpp"

namespace salesflow::apps {

// Each screen of figures is a few lines here: its store, its use case, its routes.
void add_analytics(Composition& /*to*/) {}

}  // namespace salesflow::apps
