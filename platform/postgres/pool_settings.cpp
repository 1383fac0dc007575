#include "platform/postgres/pool_settings.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "platform/core/session_settings.hpp"

namespace salesflow::postgres {
namespace {

constexpr SessionSetting one_snapshot[] = {{"default_transaction_isolation", "repeatable read"},
                                           {"default_transaction_read_only", "on"}};

}  // namespace

PoolSettings PoolSettings::read(ConfigReader& config) {
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  PoolSettings settings;
  settings.conninfo = config.url("DATABASE_URL", "PostgreSQL, as the role salesflow_app.");
  settings.replica_conninfo = config.url("DATABASE_REPLICA_URL",
                                         "Streaming replicas for reads that allow one, separated by commas or blanks; "
                                         "the least lagging is asked.");
  settings.mode =
      config.choice("SALESFLOW_PG_MODE", "direct", {"direct", "pooled"},
                    "pooled: DATABASE_URL leads through a transaction pooler (PgBouncer, Supavisor).") == "pooled"
          ? PoolMode::pooled
          : PoolMode::direct;
  const auto number = [&](const char* name, int standard, int min, int max, const char* sentence) {
    return static_cast<int>(config.integer(name, standard, min, max, sentence));
  };
  settings.connections = number("SALESFLOW_PG_CONNECTIONS", settings.connections, 1, 64,
                                "Pipelined connections a thread; pipelining makes few enough.");
  settings.in_flight_max = number("SALESFLOW_PG_IN_FLIGHT_MAX", settings.in_flight_max, 1, 1024,
                                  "Requests in the pipeline of one connection.");
  settings.exclusive_connections_max =
      number("SALESFLOW_PG_EXCLUSIVE_CONNECTIONS_MAX", settings.exclusive_connections_max, 1, 64,
             "Connections a thread for explicit transactions and COPY.");
  settings.snapshot_connections_max =
      number("SALESFLOW_PG_SNAPSHOT_CONNECTIONS_MAX", settings.snapshot_connections_max, 1, 64,
             "Connections a thread for screens, which read all their parts from one snapshot.");
  settings.queue_max = number("SALESFLOW_PG_QUEUE_MAX", settings.queue_max, 1, 100'000,
                              "Requests a thread that may wait for a connection; more answer 503.");
  settings.acquire_timeout = config.duration("SALESFLOW_PG_ACQUIRE_TIMEOUT", settings.acquire_timeout, milliseconds(10),
                                             minutes(1), "How long a request waits for a connection before 503.");
  settings.connect_timeout = config.duration("SALESFLOW_PG_CONNECT_TIMEOUT", settings.connect_timeout,
                                             milliseconds(100), minutes(1), "Limit of one attempt to connect.");
  settings.write_grace = config.duration("SALESFLOW_PG_WRITE_GRACE", settings.write_grace, milliseconds(0), seconds(30),
                                         "How long past its deadline the end of a write is waited for.");
  settings.keepalive_idle_s = number("SALESFLOW_PG_KEEPALIVE_IDLE_S", settings.keepalive_idle_s, 1, 7200,
                                     "Seconds of silence before TCP probes the server.");
  settings.application_name =
      config.text("SALESFLOW_PG_APPLICATION_NAME", settings.application_name, "Name in pg_stat_activity.");
  settings.plan_cache_mode = config.choice("SALESFLOW_PG_PLAN_CACHE_MODE", settings.plan_cache_mode,
                                           {"auto", "force_generic_plan", "force_custom_plan"},
                                           "How prepared statements are planned (direct mode).");
  const auto check = [&](const char* name, const std::string& conninfo) {
    if (conninfo.empty())
      return;
    try {
      connect_parameters(settings, conninfo);
    } catch (const std::runtime_error& error) {
      config.complain(std::string(name) + " " + error.what());
    }
  };
  check("DATABASE_URL", settings.conninfo);
  const auto replicas = split_conninfos(settings.replica_conninfo);
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const std::string which =
        "DATABASE_REPLICA_URL" + (replicas.size() == 1 ? std::string() : " number " + std::to_string(i + 1));
    check(which.c_str(), replicas[i]);
    const auto here = replicas.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(replicas.begin(), here, *here) != here)
      config.complain(which + " (" + server_name(*here) + ") is there twice");
  }
  settings.replicas = ReplicaSettings::read(config);
  return settings;
}

ConnectParameters connect_parameters(const PoolSettings& settings, const std::string& conninfo) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(
      PQconninfoParse(conninfo.c_str(), &problem), PQconninfoFree);
  if (!parsed) {
    PQfreemem(problem);  // may quote the password
    throw std::runtime_error("is not a connection string PostgreSQL's client library can read");
  }
  // What libpq encrypts with GSSAPI only libpq can read.
  ConnectParameters parameters{{"gssencmode"}, {"disable"}};
  std::string options;
  const auto has = [&](std::string_view keyword) {
    return std::find(parameters.keywords.begin(), parameters.keywords.end(), keyword) != parameters.keywords.end();
  };
  const auto add = [&](std::string keyword, std::string value) {
    if (has(keyword))
      return;
    parameters.keywords.push_back(std::move(keyword));
    parameters.values.push_back(std::move(value));
  };
  for (const auto* option = parsed.get(); option->keyword; ++option) {
    if (!option->val || !*option->val)
      continue;
    if (std::string_view(option->keyword) == "options") {
      options = option->val;
    } else {
      add(option->keyword, option->val);
    }
  }
  add("application_name", settings.application_name);
  add("client_encoding", "UTF8");
  add("keepalives", "1");
  add("keepalives_idle", std::to_string(settings.keepalive_idle_s));
  add("keepalives_interval", "3");
  add("keepalives_count", "3");
  // Data that the peer does not acknowledge for this long ends the connection, so that a vanished host is noticed.
  add("tcp_user_timeout", std::to_string(1000 * (settings.keepalive_idle_s + 9)));
  if (settings.mode == PoolMode::direct) {
    options = startup_options(meanings()) + " " + startup_options(speeds()) +
              " -c plan_cache_mode=" + settings.plan_cache_mode + (options.empty() ? "" : " " + options);
  }
  if (settings.one_snapshot && settings.mode == PoolMode::direct) {
    // The last one counts. What SET TRANSACTION would say, it would say too late: begin_request reads already.
    options += (options.empty() ? "" : " ") + startup_options(one_snapshot);
  }
  if (!options.empty())
    add("options", options);
  return parameters;
}

}  // namespace salesflow::postgres
