// The data of the bench "analytics": a hundred organisations by Zipf, the largest with a fifth of everything and 200
// users.
#pragma once

#include <cstdint>
#include <string>

#include "bench/dataset.hpp"
#include "bench/progress.hpp"

namespace salesflow::bench {

struct AnalyticsSizes {
  std::int64_t sessions = 1'000'000;     // over 24 months
  std::int64_t events = 1'000'000;       // the same
  std::int64_t leads = 100'000;          // of one user
  std::int64_t conversations = 500'000;  // of one user, all open
};

/// The user who is measured, of the largest organisation.
inline constexpr const char* analytics_user = "00000000-0000-4000-8000-000000000001";
inline constexpr const char* analytics_org = "00000000-0000-4000-a000-000000000001";

/// Makes the database when it is missing or not of today's migrations, summaries refreshed, vacuumed, in memory; with
/// the strategy's own materialized view (one row a tenant and day) as strategy_sessions_daily. About three minutes.
void prepare_analytics(Dataset& data, const std::string& database, const AnalyticsSizes& sizes, Progress& progress);

}  // namespace salesflow::bench
