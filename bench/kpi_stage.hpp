// What the parts of the bench "kpi" share at one size: data, users, Redis, how long to measure, and where results go.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "bench/kpi_data.hpp"
#include "bench/kpi_load.hpp"
#include "bench/progress.hpp"
#include "bench/service.hpp"
#include "platform/cluster/redis.hpp"

namespace salesflow::bench {

struct Kpi {
  const char* key;
  const char* title;
  const char* method;
  const char* path;
  double strategy_ms, ours_ms;  // the strategy's target and ours
  bool is_cached_by_strategy;
};

/// The screens of 6.2; the batch is measured apart, for it writes and takes seconds.
inline constexpr Kpi kpis[] = {{"dashboard", "Dashboard, 30 days", "GET",
                                "/api/v2/collective-intelligence/analytics/dashboard?days=30", 500, 3, true},
                               {"events", "Message events, 50 of one status", "GET",
                                "/api/autopilot/message-events?status=sent&limit=50", 200, 3, false},
                               {"hot_leads", "Hot leads, 20", "GET", "/api/analytics/hot-leads?limit=20", 300, 2, true},
                               {"inbox", "Unified inbox, 50", "GET", "/api/idps/inbox?limit=50", 250, 3, true}};
inline constexpr Kpi batch_kpi{
    "batch", "P-scores of 100 leads", "POST", "/api/analytics/p-scores/recalc?limit=100", 3000, 20, false};

struct KpiTimes {
  std::chrono::milliseconds peak, paced, paced_most, batch, mix, fresh_patience;
  double usual_per_second;  // what is asked of whoever bears it
  int fresh_rounds;
  bool busy;  // also at the usual pace
};

struct KpiStage {
  Dataset& data;
  KpiDatabases databases;
  const TokenKey& key;
  std::vector<BenchUser> users;
  cluster::PrivateRedis& redis;
  KpiTimes times;
  Progress& progress;
  boost::json::object result;  // of this size

  HttpMix mix(const Kpi& kpi) const;
  std::unique_ptr<MeasuredServer> start_ours(bool with_cache, const std::string& name) const;
  boost::json::object& kpi(const Kpi& kpi);
  /// The contestant's figures of a KPI, made when missing.
  boost::json::object& figures(const Kpi& kpi, const std::string& contestant);
};

boost::json::object to_json(const PaceSummary& pace);
boost::json::object to_json(const KpiLoad::Paced& paced);

/// First answers after a start with nothing in memory.
void measure_cold(KpiStage& stage);
/// All screens warm and without a cache, beside the limits and Fastify; then the batch.
void measure_warm(KpiStage& stage);
/// The screens again, kept answers on.
void measure_cached(KpiStage& stage);
/// How often kept answers serve a mixed load, and how often an answer is older than what was committed.
void measure_freshness(KpiStage& stage);
/// Takes away what was measured by writing, batches included, also of a run that was interrupted: all three databases
/// have the same rows again.
void remove_probes(KpiStage& stage);
/// What chapter 8 of the strategy says its indexes and views cost.
void measure_claims(KpiStage& stage);

}  // namespace salesflow::bench
