// The server under test, its users and their tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/dataset.hpp"
#include "bench/http_client.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {

/// Somebody who asks. Several of different size, chosen as often as their share of the events: one user alone would
/// keep a handful of pages in the processor's cache.
struct BenchUser {
  std::string id, org_id;
  std::int64_t events = 0;
  int weight = 1;  // of 100, at least 1
  std::string token;
};

/// What all contestants know: how tokens are signed.
struct TokenKey {
  std::string secret;
  std::string issuer = "salesflow";
  std::string audience = "salesflow";

  static TokenKey random();
  /// An access token without session, valid for a day.
  std::string sign(std::string_view user_id, std::string_view org_id) const;
  /// JWT_SECRET and so on for a rival.
  std::vector<std::string> environment() const;
};

/// Up to `count` users who have at least `rows_min` events of `status`, from the one with most events downwards in
/// doubling steps of rank. Throws std::runtime_error when there are none.
std::vector<BenchUser> choose_users(const Dataset& dataset, std::string_view database, const TokenKey& key,
                                    std::string_view status, int rows_min, int count);

/// How the weights of users follow from their numbers of events: percent, rounded, at least 1.
std::vector<int> weights_of(const std::vector<std::int64_t>& events);

struct ServiceOptions {
  std::string name = "salesflow";
  std::vector<std::string> environment;  // beside what every bench sets
};

/// Starts build/release/salesflow serve on a free port against a database: 2 threads, access log into its log file,
/// ready when /readyz says 200.
std::unique_ptr<MeasuredServer> start_service(const Dataset& dataset, std::string_view database, const TokenKey& key,
                                              const ServiceOptions& options = {});

/// True when `path` of a port on loopback answers 200 now.
bool answers_ok(int port, const std::string& path,
                const std::vector<std::pair<std::string, std::string>>& headers = {});

inline constexpr int server_threads = 2;
/// Where servers under test write their logs.
std::filesystem::path log_folder();
/// Empties the logs between rounds: a long bench writes gigabytes.
void empty_logs();

}  // namespace salesflow::bench
