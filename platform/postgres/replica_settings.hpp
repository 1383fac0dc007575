// DATABASE_REPLICA_URL and how replicas are treated.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/config.hpp"

namespace salesflow::postgres {

/// Of a PoolSettings that names replicas.
struct ReplicaSettings {
  std::chrono::milliseconds wait{50};  // for a replica to reach what a read must contain, and to answer at all
  std::chrono::milliseconds probe_interval{250};

  /// SALESFLOW_PG_REPLICA_…
  static ReplicaSettings read(ConfigReader& config);
};

/// The URLs of DATABASE_REPLICA_URL: a new one begins behind a comma or a blank with its scheme ("postgresql://"), so
/// that one URL may name several hosts, and one "keyword=value …" text stays one.
std::vector<std::string> split_conninfos(std::string_view text);

/// "db2.example:5432": what to call a server, without secrets. The first host of several; "?" when it cannot be read.
std::string server_name(const std::string& conninfo);

}  // namespace salesflow::postgres
