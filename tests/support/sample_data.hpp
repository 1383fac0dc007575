// Generated data in a test's database, where made-up rows by hand would be too few.
#pragma once

#include "generator/population.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// 8 users, 3,000 events, 200 leads and what belongs to them, up to 2026-03-02 09:00 UTC. Loaded in 0.3 s.
generator::Options sample_options(std::uint64_t seed = 1);

/// Loads it as salesflow_owner. The ids follow from the options: generator::Population names them.
void load_sample(TestDatabase& database, const generator::Options& options = sample_options());

}  // namespace salesflow::test
