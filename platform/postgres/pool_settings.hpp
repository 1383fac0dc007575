// Settings of a PostgreSQL pool. One a thread; limits are per thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/postgres/replica_settings.hpp"

namespace salesflow::postgres {

enum class PoolMode {
  direct,  // straight to PostgreSQL: named prepared statements, LISTEN
  pooled,  // through a transaction pooler: unnamed statements, no session state
};

struct PoolSettings {
  std::string conninfo;          // URL or keyword=value
  std::string replica_conninfo;  // empty: no replica, writes learn no LSN
  ReplicaSettings replicas;
  PoolMode mode = PoolMode::direct;

  int connections = 4;     // pipelined, a thread
  int in_flight_max = 32;  // requests in the pipeline of one connection
  int exclusive_connections_max = 4;
  int snapshot_connections_max = 4;  // for screens: each one transaction of several statements
  int queue_max = 512;               // requests that wait for a place, and the same again for exclusive connections
  std::chrono::milliseconds acquire_timeout{500};
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds backoff_min{50}, backoff_max{2000};  // between attempts to connect, jittered
  std::chrono::milliseconds write_grace{500};  // how long past its deadline a write's end is waited for
  int keepalive_idle_s = 10;
  std::string application_name = "salesflow";
  /// Direct mode: auto | force_generic_plan | force_custom_plan. With auto PostgreSQL plans a statement anew each time
  /// where tenants are skewed (measured: a third of the list's throughput); every statement's generic plan is tested.
  std::string plan_cache_mode = "force_generic_plan";

  /// Direct mode: transactions are REPEATABLE READ and READ ONLY from their start.
  bool one_snapshot = false;

  /// DATABASE_URL, DATABASE_REPLICA_URL and SALESFLOW_PG_…; complaints go to the reader.
  static PoolSettings read(ConfigReader& config);
};

/// Keywords and values for PQconnectStartParams.
struct ConnectParameters {
  std::vector<std::string> keywords, values;
};

/// The conninfo with what the room adds: application_name, keepalives, UTF8, and in direct mode the session's fixed
/// settings (session_settings.hpp, plan_cache_mode), which a pooler would refuse. What the conninfo says
/// itself wins, but for `options`, which are joined, and gssencmode, which is off. Throws std::runtime_error
/// (without the password) when libpq cannot read the conninfo.
ConnectParameters connect_parameters(const PoolSettings& settings, const std::string& conninfo);

}  // namespace salesflow::postgres
