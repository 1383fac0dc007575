// The soak "rollup": live figures against recounts in the same snapshot, while everything that can disturb them
// happens.
#pragma once

#include "bench/registry.hpp"

namespace salesflow::bench {

/// Writers insert, change, delete and load in bulk, half of their transactions are rolled back, some stay open; folders
/// are doubled and killed; pg_dump holds its snapshot; PostgreSQL is killed once. Prints a verdict and writes
/// build/bench/soak-rollup.json. Good means: no live answer differs from its recount, and no deadlock.
bool soak_rollup(const SoakOptions& options);

}  // namespace salesflow::bench
