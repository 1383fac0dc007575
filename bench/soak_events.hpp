// The soak "events": clients create, change and read events while PostgreSQL is restarted and killed under the service.
#pragma once

#include "bench/registry.hpp"

namespace salesflow::bench {

/// Prints a verdict and writes build/bench/soak-events.json. Good means: no acknowledged write lost, none doubled, no
/// answer but 200, 503 and 504, recovery within 3 s of each restart, memory that stays.
bool soak_events(const SoakOptions& options);

}  // namespace salesflow::bench
