#include "tests/consistency/rig.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

#include "platform/core/ids.hpp"
#include "platform/security/access_token.hpp"
#include "tests/consistency/wire.hpp"
#include "tests/support/migrate.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::consistency {
namespace {

constexpr const char* database = "crm";

/// Two movers wait for each other's rows, so that a second lease alone does no harm; without that they do not.
constexpr const char* no_wait_of_movers =
    "DO $$ DECLARE was text := pg_get_functiondef('salesflow.move_changes(bigint[], bigint[], bigint, "
    "bigint)'::regprocedure);"
    "BEGIN "
    "IF was NOT LIKE '%ORDER BY c.id LIMIT 5000) AS o%' THEN RAISE 'move_changes is another'; END IF;"
    "EXECUTE replace(was, 'ORDER BY c.id LIMIT 5000) AS o', 'ORDER BY c.id LIMIT 5000 FOR UPDATE SKIP LOCKED) AS o');"
    "END $$";

}  // namespace

Rig::Rig(RigOptions options)
    : options_(std::move(options)), home_(cluster::ServerHome::temporary().value()), secret_(random_hex(32)) {
  postgres_ =
      cluster::PrivatePostgres::start(home_, {.connections_max = 200, .settings = {{"max_wal_senders", "10"}}}).value();
  cluster::ensure_roles(*postgres_, passwords_).value();
  cluster::ensure_database(*postgres_, database).value();
  test::migrate_up(cluster::login_url(*postgres_, database, cluster::Login::owner, passwords_));
  postgres_ports_.push_back(postgres_->port());
  if (options_.mutant == "two_movers")
    connect().value().run(no_wait_of_movers).value();
  if (options_.with_replica) {
    replica_ = postgres_->make_replica({.name = "replica", .connections_max = 200}).value();
    postgres_ports_.push_back(replica_->port());
  }
  if (options_.with_redis && options_.redis_cluster)
    redis_cluster_ = std::make_unique<test::RedisCluster>(home_);
  else if (options_.with_redis)
    redis_ = cluster::PrivateRedis::start(home_).value();
}

Rig::~Rig() {
  for (const auto& node : nodes_) {
    if (node) {
      node->signal(SIGCONT);
      node->signal(SIGTERM);
    }
  }
  for (const auto& node : nodes_) {
    if (node)
      node->stop(SIGTERM, std::chrono::seconds(10));
  }
  if (redis_)
    redis_->thaw();
  replica_.reset();
}

std::string Rig::sign(const std::string& user_id, const std::string& org_id) const {
  security::TokenSettings settings;
  settings.secret = secret_;
  security::AccessClaims claims;
  claims.user_id = Uuid::parse(user_id).value();
  claims.org_id = Uuid::parse(org_id).value();
  claims.role = OrgRole::owner;
  claims.issued_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  claims.expires_at = claims.issued_at + std::chrono::hours(24);
  return security::sign_access_token(settings, security::Key::from_secret(secret_, ""), claims);
}

std::string Rig::database_url(cluster::Login login) const {
  const auto host = [](int port) { return fmt::format("127.0.0.1:{}", port); };
  std::string url = cluster::login_url(*postgres_, database, login, passwords_);
  if (postgres_ports_.size() < 2)
    return url;
  const std::string first = host(postgres_->port());
  url.replace(url.find(first), first.size(), host(postgres_ports_[0]) + "," + host(postgres_ports_[1]));
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "target_session_attrs=read-write";
}

void Rig::promote_replica() {
  const auto is_streaming = [this] {
    const auto rows = connect().value().run("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'");
    return rows && !rows->rows.empty();
  };
  if (!test::wait_until(is_streaming, std::chrono::seconds(20)))
    throw std::runtime_error("the replica does not follow");
  postgres_->stop(cluster::StopMode::fast);
  const auto promoted = connect_to_replica().run("SELECT pg_promote(true, 30)").value();
  if (promoted.rows.empty() || promoted.rows[0].at(0) != "t")
    throw std::runtime_error("the replica was not promoted within 30 s");
  const int port = postgres_->port();
  {
    const std::lock_guard lock(promotion_);
    postgres_ = std::move(replica_);  // the old one is gone with it, and its port is free
  }
  const std::string name = fmt::format("server-{}", ++promotions_);
  replica_ = postgres_->make_replica({.name = name, .connections_max = 200, .port = port}).value();
}

void Rig::launch_node(int node) {
  cluster::SpawnOptions spawn;
  spawn.arguments = {options_.program, "serve"};
  spawn.environment = {"PORT=" + std::to_string(ports_[static_cast<std::size_t>(node)]),
                       "SALESFLOW_HTTP_ADDRESS=127.0.0.1",
                       "SALESFLOW_THREADS=" + std::to_string(options_.threads),
                       "DATABASE_URL=" + database_url(cluster::Login::app),
                       "SALESFLOW_AUTH_DATABASE_URL=" + database_url(cluster::Login::auth),
                       "SALESFLOW_WORKER_DATABASE_URL=" + database_url(cluster::Login::worker),
                       "JWT_SECRET=" + secret_,
                       "SALESFLOW_HTTP_RATE_LIMIT=false",
                       "SALESFLOW_HTTP_ACCESS_LOG=false",
                       "SALESFLOW_LOG_LEVEL=warn",
                       "SALESFLOW_MAIL_SPOOL=" + (home_.path() / "mail").string()};
  if (replica_)
    spawn.environment.push_back(
        "DATABASE_REPLICA_URL=" + cluster::login_url(*replica_, database, cluster::Login::app, passwords_) + " " +
        cluster::login_url(*postgres_, database, cluster::Login::app, passwords_));
  if (redis_)
    spawn.environment.push_back("REDIS_URL=" + redis_->url());
  if (redis_cluster_)
    spawn.environment.push_back("REDIS_URL=" + redis_cluster_->url());
  if (!options_.mutant.empty())
    spawn.environment.push_back("SALESFLOW_MUTANT=" + options_.mutant);
  for (const auto& [name, value] : options_.environment)
    spawn.environment.push_back(name + "=" + value);
  spawn.directory = home_.path();
  spawn.log_file = home_.path() / fmt::format("node-{}.log", node);
  spawn.user = cluster::SystemUser{.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}, .is_self = true};
  nodes_[static_cast<std::size_t>(node)] =
      std::make_unique<cluster::ChildProcess>(cluster::ChildProcess::spawn(spawn).value());
}

bool Rig::is_ready(int node) {
  const auto at = static_cast<std::size_t>(node);
  return test::wait_until(
             [&] {
               return !nodes_[at]->is_running() ||
                      PlainClient(ports_[at], std::chrono::seconds(1)).ask("GET", "/readyz").status == 200;
             },
             std::chrono::seconds(30)) &&
         nodes_[at]->is_running();
}

void Rig::start_nodes() {
  nodes_.resize(static_cast<std::size_t>(options_.nodes));
  for (int node = 0; node < options_.nodes; ++node) {
    ports_.push_back(cluster::free_port());
    launch_node(node);
    if (!is_ready(node))
      throw std::runtime_error(fmt::format("node {} does not start:\n{}", node, node_log(node, 20)));
  }
}

void Rig::kill_node(int node) {
  const auto& process = nodes_.at(static_cast<std::size_t>(node));
  process->signal(SIGKILL);
  process->wait(std::chrono::seconds(10));
}

bool Rig::restart_node(int node) {
  launch_node(node);
  return is_ready(node);
}

std::optional<std::string> Rig::ended_node() {
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (!nodes_[node]->is_running())
      return fmt::format("node {} ended:\n{}", node, node_log(static_cast<int>(node), 30));
  }
  return std::nullopt;
}

std::string Rig::node_log(int node, std::size_t lines) const {
  return cluster::log_tail(home_.path() / fmt::format("node-{}.log", node), lines);
}

std::optional<cluster::SqlSession> Rig::connect() {
  const auto url = [this] {
    const std::lock_guard lock(promotion_);
    return postgres_->superuser_url(database);
  }();
  auto session = cluster::SqlSession::connect(url);
  if (!session)
    return std::nullopt;
  return std::move(*session);
}

cluster::SqlSession Rig::connect_to_replica() {
  return cluster::SqlSession::connect(replica_->superuser_url(database)).value();
}

}  // namespace salesflow::consistency
