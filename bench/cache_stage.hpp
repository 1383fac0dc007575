// What the parts of the bench "cache" share: data, users, Redis, plan of rounds, and where results go.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/dataset.hpp"
#include "bench/http_client.hpp"
#include "bench/progress.hpp"
#include "bench/report.hpp"
#include "bench/rounds.hpp"
#include "bench/service.hpp"
#include "platform/cluster/redis.hpp"

namespace salesflow::bench {

struct CacheStage {
  Dataset& data;
  std::string database;
  const TokenKey& key;
  std::vector<BenchUser> users;
  cluster::PrivateRedis& redis;
  RoundPlan plan;
  bool quick;
  Progress& progress;
  Report& report;

  /// The service on a database, with Redis or without a cache.
  std::unique_ptr<MeasuredServer> start(const std::string& name, bool with_cache, std::string_view of) const;
};

/// For parts that write: a copy of the data, of this name.
inline constexpr const char* cache_copy_name = "cache_writes";

HttpCall get(const BenchUser& user, std::string path);
HttpCall create_event(const BenchUser& user);
/// Asked until it is kept: the answer's body.
std::string warm(const MeasuredServer& server, const HttpCall& call);

/// Hits of strict and bounded answers against a plain route and nginx with the same bytes.
void measure_hits(CacheStage& stage);
/// Answers that are all different: what a cache costs that cannot help.
void measure_misses(CacheStage& stage);
/// What a write pays to tell that kept answers have changed.
void measure_writes(CacheStage& stage);
/// Users who read screens by Zipf's law and write now and then: hits, statements saved.
void measure_mix(CacheStage& stage);
/// The strategy's own cache beside ours: hits, stale answers, the first read after a write.
void measure_rival(CacheStage& stage);
/// A dead and a slow Redis: what they add to the longest answers, and when kept answers are used again.
void measure_faults(CacheStage& stage);
/// Memory of idle live streams.
void measure_streams(CacheStage& stage);

/// How many screens the mix knows.
std::size_t screens_of_the_mix();

}  // namespace salesflow::bench
