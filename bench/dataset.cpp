#include "bench/dataset.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "bench/proc_stat.hpp"
#include "bench/tool.hpp"
#include "generator/load.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::bench {
namespace {

namespace fs = std::filesystem;

int shared_buffers_mib() {
  const auto memory_kib = parse_status_kib(read_text("/proc/meminfo"), "MemTotal").value_or(0);
  return static_cast<int>(std::clamp<std::uint64_t>(memory_kib / 1024 / 4, 256, 2048));
}

cluster::PostgresOptions server_options(const DatasetOptions& options) {
  return {.name = "bench",
          .durable = true,
          .shared_buffers_mib = shared_buffers_mib(),
          .connections_max = 200,
          .settings = {{"autovacuum", options.autovacuum ? "on" : "off"},
                       {"jit", "off"},
                       {"logging_collector", "on"},
                       {"log_destination", "jsonlog"},
                       {"max_parallel_workers_per_gather", "0"},
                       {"max_wal_size", "8GB"},
                       {"checkpoint_timeout", "1h"}}};
}

/// FNV-1a: the hash must only notice changes.
void mix(std::uint64_t& hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
}

}  // namespace

std::string salesflow_program() {
  const fs::path program = fs::absolute("build/release/salesflow");
  if (!fs::exists(program)) {
    throw std::runtime_error(program.string() + " is missing: script/build makes it");
  }
  return program;
}

std::string data_fingerprint(const fs::path& source_folder) {
  std::vector<fs::path> files;
  for (const char* room : {"db/migrations", "generator"}) {
    if (!fs::exists(source_folder / room)) {
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(source_folder / room)) {
      if (entry.is_regular_file()) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const fs::path& file : files) {
    mix(hash, fs::relative(file, source_folder).generic_string());
    mix(hash, read_text(file));
  }
  return fmt::format("{:016x}", hash);
}

Dataset::Dataset(const fs::path& folder, DatasetOptions options)
    : home_(cluster::ServerHome::open(folder).value()),
      server_(cluster::PrivatePostgres::start(home_, server_options(options)).value()),
      passwords_(cluster::RolePasswords::read_or_create(folder / "passwords").value()) {
  cluster::ensure_roles(*server_, passwords_).value();
}

std::string Dataset::url(std::string_view database, Login login) const {
  return cluster::login_url(*server_, database, login, passwords_);
}

cluster::SqlSession Dataset::connect(std::string_view database, Login login) const {
  return cluster::SqlSession::connect(url(database, login)).value();
}

bool Dataset::is_current(std::string_view database, const std::string& fingerprint) const {
  auto found = connect("postgres", Login::superuser)
                   .run("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1",
                        {std::string(database)})
                   .value();
  return !found.empty() && found.value() == fingerprint;
}

std::string Dataset::prepare(std::int64_t events, Progress& progress) {
  const std::string name = "events_" + std::to_string(events);
  generator::Options options;
  options.sizes = options.sizes.scaled(static_cast<double>(events) / static_cast<double>(options.sizes.events));
  prepare(name, options, progress);
  return name;
}

void Dataset::prepare(const std::string& name, generator::Options options, Progress& progress) {
  const std::string fingerprint = data_fingerprint(fs::current_path());
  if (!is_current(name, fingerprint)) {
    progress.step("making " + name + ", kept for later runs");
    drop(name);
    cluster::ensure_database(*server_, name).value();
    migrations::Options migration;
    migration.database_url = url(name, Login::owner);
    migrations::up(migration).value();
    options.now = std::chrono::time_point_cast<TimePoint::duration>(std::chrono::system_clock::now());
    generator::load(url(name, Login::owner), options, {}).value();
    auto session = connect(name, Login::superuser);
    session.run("SELECT salesflow.refresh_summaries(10000000)").value();
    session.run("SELECT salesflow.fold_rollups(10000000)").value();
    session.run("VACUUM (FREEZE, ANALYZE)").value();
    session.run("CHECKPOINT").value();
    session
        .run(fmt::format("COMMENT ON DATABASE {} IS {}", cluster::quote_identifier(name),
                         cluster::quote_literal(fingerprint)))
        .value();
  }
  progress.step("loading " + name + " into memory");
  auto session = connect(name, Login::superuser);
  session.run("CREATE EXTENSION IF NOT EXISTS pg_prewarm").value();
  session
      .run(
          "SELECT pg_prewarm(c.oid) FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN "
          "('r', 'i') AND c.relpages > 0")
      .value();
}

void Dataset::copy(std::string_view from, std::string_view to) {
  drop(to);
  connect("postgres", Login::superuser)
      .run(fmt::format("CREATE DATABASE {} OWNER salesflow_owner TEMPLATE {} STRATEGY file_copy",
                       cluster::quote_identifier(to), cluster::quote_identifier(from)))
      .value();
}

void Dataset::drop(std::string_view database) {
  connect("postgres", Login::superuser)
      .run(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", cluster::quote_identifier(database)))
      .value();
}

void Dataset::set_synchronous_commit(bool on) {
  const std::string wanted = on ? "on" : "off";
  connect("postgres", Login::superuser).run("ALTER SYSTEM SET synchronous_commit = " + wanted).value();
  connect("postgres", Login::superuser).run("SELECT pg_reload_conf()").value();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (connect("postgres", Login::superuser).run("SHOW synchronous_commit").value().value() != wanted) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("PostgreSQL did not take over synchronous_commit = " + wanted);
    }
  }
}

}  // namespace salesflow::bench
