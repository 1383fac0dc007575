#include "platform/cluster/postgres.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "platform/core/ids.hpp"

namespace salesflow::cluster {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view version_wanted = "15";
constexpr milliseconds poll_pause{10};
constexpr milliseconds tool_timeout{300'000};

int default_shared_buffers_mib() {
  struct sysinfo info {};
  if (::sysinfo(&info) != 0) {
    return 128;
  }
  const auto memory_mib = static_cast<std::int64_t>(info.totalram) * info.mem_unit / (1024 * 1024);
  return static_cast<int>(std::clamp<std::int64_t>(memory_mib / 8, 64, 512));
}

std::string quote_setting(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  return quoted + "'";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return 0;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

Result<std::string> find_program(std::string_view name) {
  for (const char* folder : {"/usr/lib/postgresql/15/bin", "/usr/sbin", "/usr/bin", "/usr/local/bin"}) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (::access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  return fail(Errc::unavailable, fmt::format("the program {} is not installed; run script/bootstrap", name));
}

std::string percent_encode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

PrivatePostgres::PrivatePostgres(const ServerHome& home, PostgresOptions options, fs::path folder)
    : home_(home), options_(std::move(options)), folder_(std::move(folder)), port_(options_.port) {}

PrivatePostgres::~PrivatePostgres() {
  stop(options_.durable ? StopMode::fast : StopMode::immediate);
}

Result<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start(const ServerHome& home, PostgresOptions options) {
  Result<fs::path> folder = home.make_folder(options.name);
  if (!folder) {
    return folder.error();
  }
  std::unique_ptr<PrivatePostgres> server(new PrivatePostgres(home, std::move(options), *folder));
  if (fs::exists(server->data_folder() / "PG_VERSION")) {
    if (Result<void> fits = server->check_version(); !fits) {
      return fits.error();
    }
    server->password_ = read_small_file(server->folder_ / "password");
  } else if (Result<void> made = server->init_cluster(); !made) {
    return made.error();
  }
  if (Result<void> launched = server->launch(); !launched) {
    return launched.error();
  }
  return server;
}

SpawnOptions PrivatePostgres::tool(std::string program, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), std::move(program));
  return {.arguments = std::move(arguments),
          .environment = {},
          .user = home_.user(),
          .log_file = log_file(),
          .directory = folder_,
          .death_signal = SIGKILL};
}

Result<void> PrivatePostgres::init_cluster() {
  const Result<std::string> initdb = find_program("initdb");
  if (!initdb) {
    return initdb.error();
  }
  std::error_code ignored;
  fs::remove_all(folder_ / "data.new", ignored);
  password_ = random_hex(24);
  const fs::path password_file = folder_ / "password";
  if (Result<void> kept = write_private_file(password_file, password_ + "\n", &home_.user()); !kept) {
    return kept;
  }
  std::vector<std::string> arguments = {"--pgdata=data.new",    "--username=postgres", "--pwfile=password",
                                        "--auth=scram-sha-256", "--encoding=UTF8",     "--locale=C.UTF-8",
                                        "--no-instructions"};
  if (!options_.durable) {
    arguments.emplace_back("--no-sync");
  }
  if (Result<void> made = run_to_end(tool(*initdb, std::move(arguments)), tool_timeout); !made) {
    return made;
  }
  // An initdb that is killed halfway leaves PG_VERSION behind; the final name means "complete".
  fs::rename(folder_ / "data.new", data_folder(), ignored);
  if (ignored) {
    return fail(Errc::unavailable, "cannot name the new cluster " + data_folder().string() + ": " + ignored.message());
  }
  created_ = true;
  return {};
}

Result<void> PrivatePostgres::check_version() const {
  const std::string version = read_small_file(data_folder() / "PG_VERSION");
  if (version != version_wanted) {
    return fail(Errc::conflict, fmt::format("{} holds data of PostgreSQL {}, this needs {}; start with --fresh",
                                            data_folder().string(), version, version_wanted));
  }
  return {};
}

Result<void> PrivatePostgres::write_configuration() const {
  const int shared_buffers_mib =
      options_.shared_buffers_mib > 0 ? options_.shared_buffers_mib : default_shared_buffers_mib();
  std::vector<std::pair<std::string, std::string>> settings = {
      {"listen_addresses", "127.0.0.1"},
      {"port", std::to_string(port_)},
      {"unix_socket_directories", socket_folder().string()},
      {"unix_socket_permissions", "0700"},
      {"password_encryption", "scram-sha-256"},
      {"max_connections", std::to_string(options_.connections_max)},
      {"shared_buffers", fmt::format("{}MB", shared_buffers_mib)},
      {"effective_cache_size", fmt::format("{}MB", shared_buffers_mib * 4)},
      {"maintenance_work_mem", "128MB"},
      {"work_mem", "16MB"},
      {"max_wal_size", options_.durable ? "2GB" : "512MB"},
      {"checkpoint_timeout", "15min"},
      {"random_page_cost", "1.1"},
      {"jit", "off"},
      {"max_parallel_workers_per_gather", "0"},
      {"autovacuum_vacuum_insert_scale_factor", "0.05"},  // index-only scans need a fresh visibility map
      {"max_slot_wal_keep_size", "1GB"},
      {"wal_retrieve_retry_interval", "100ms"},  // a replica is back soon after its primary
      {"timezone", "UTC"},
      {"log_timezone", "UTC"},
      {"lc_messages", "C"},
      {"log_line_prefix", "%m [%p] %q%u@%d "},
      {"shared_preload_libraries", "pg_stat_statements"},
  };
  if (!options_.durable) {
    // Not synchronous_commit: without fsync it costs nothing, and without it VACUUM and replicas lag by 200 ms.
    settings.insert(settings.end(), {{"fsync", "off"},
                                     {"full_page_writes", "off"},
                                     {"dynamic_shared_memory_type", "mmap"}});  // goes with the folder
  }
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  std::string text = "# Written at every start; lasting changes: ALTER SYSTEM (postgresql.auto.conf).\n";
  for (const auto& [name, value] : settings) {
    text += fmt::format("{} = {}\n", name, quote_setting(value));
  }
  if (Result<void> written = write_private_file(data_folder() / "postgresql.conf", text, &home_.user()); !written) {
    return written;
  }
  constexpr std::string_view access =
      "# TYPE DATABASE USER ADDRESS METHOD\n"
      "local all all scram-sha-256\n"
      "host all all 127.0.0.1/32 scram-sha-256\n"
      "local replication postgres scram-sha-256\n"
      "host replication postgres 127.0.0.1/32 scram-sha-256\n";
  return write_private_file(data_folder() / "pg_hba.conf", access, &home_.user());
}

/// A postmaster whose owner was killed a moment ago may still be writing its last checkpoint.
void PrivatePostgres::await_previous_owner(steady_clock::time_point deadline) const {
  std::ifstream pid_file(data_folder() / "postmaster.pid");
  pid_t pid = 0;
  if (!(pid_file >> pid) || read_small_file("/proc/" + std::to_string(pid) + "/comm") != "postgres") {
    return;
  }
  while (process_exists(pid) && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(poll_pause);
  }
}

Result<void> PrivatePostgres::launch() {
  const Result<std::string> postgres = find_program("postgres");
  if (!postgres) {
    return postgres.error();
  }
  const auto deadline = steady_clock::now() + options_.start_timeout;
  const bool port_is_fixed = port_ != 0;
  await_previous_owner(deadline);
  while (steady_clock::now() < deadline) {
    if (!port_is_fixed) {
      port_ = free_port();
    }
    if (Result<void> written = write_configuration(); !written) {
      return written;
    }
    SpawnOptions options = tool(*postgres, {"-D", data_folder().string()});
    options.death_signal = options_.durable ? SIGINT : SIGQUIT;
    Result<ChildProcess> child = ChildProcess::spawn(options);
    if (!child) {
      return child.error();
    }
    process_ = std::make_unique<ChildProcess>(std::move(*child));
    const std::string probe = socket_url("postgres", "postgres", "") + "&connect_timeout=2";
    while (is_running() && steady_clock::now() < deadline) {
      if (PQping(probe.c_str()) == PQPING_OK) {
        return {};
      }
      process_->wait(poll_pause);
    }
    const std::string tail = log_tail(log_file());
    if (is_running()) {
      stop(StopMode::immediate);
      return fail(Errc::deadline_exceeded, "PostgreSQL did not become ready in time, see " + log_file().string(), {},
                  tail);
    }
    process_.reset();
    // Someone took the port between our look and its bind, or the crashed predecessor's processes are still leaving.
    const bool port_taken = contains(tail, "Address already in use");
    const bool leaving = contains(tail, "pre-existing shared memory block") || contains(tail, "postmaster.pid");
    if (!port_taken && !leaving) {
      return fail(Errc::unavailable, "PostgreSQL did not start, see " + log_file().string(), {}, tail);
    }
    std::this_thread::sleep_for(poll_pause * 5);
  }
  return fail(Errc::deadline_exceeded, "PostgreSQL did not start in time, see " + log_file().string(), {},
              log_tail(log_file()));
}

Result<std::unique_ptr<PrivatePostgres>> PrivatePostgres::make_replica(PostgresOptions options) {
  const Result<std::string> basebackup = find_program("pg_basebackup");
  if (!basebackup) {
    return basebackup.error();
  }
  Result<fs::path> folder = home_.make_folder(options.name);
  if (!folder) {
    return folder.error();
  }
  std::unique_ptr<PrivatePostgres> replica(new PrivatePostgres(home_, std::move(options), *folder));
  replica->password_ = password_;
  replica->created_ = true;
  std::error_code ignored;
  fs::remove_all(replica->data_folder(), ignored);
  std::string slot = replica->options_.name;
  std::replace_if(
      slot.begin(), slot.end(), [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9'); }, '_');
  SpawnOptions copy = replica->tool(
      *basebackup, {"--pgdata=" + replica->data_folder().string(), "--host=127.0.0.1",
                    "--port=" + std::to_string(port_), "--username=postgres", "--wal-method=stream",
                    "--checkpoint=fast", "--write-recovery-conf", "--create-slot", "--slot=" + slot, "--no-password"});
  copy.environment = {"PGPASSWORD=" + password_};
  if (!replica->options_.durable) {
    copy.arguments.emplace_back("--no-sync");
  }
  if (Result<void> copied = run_to_end(copy, tool_timeout); !copied) {
    return copied.error();
  }
  if (Result<void> launched = replica->launch(); !launched) {
    return launched.error();
  }
  return replica;
}

bool PrivatePostgres::is_running() {
  return process_ && process_->is_running();
}

void PrivatePostgres::stop(StopMode mode) {
  if (!process_) {
    return;
  }
  if (mode == StopMode::immediate || !process_->is_running()) {
    process_->signal(SIGQUIT);
  } else {
    process_->signal(SIGINT);
    if (!process_->wait(milliseconds(options_.durable ? 60'000 : 10'000))) {
      process_->signal(SIGQUIT);
    }
  }
  if (!process_->wait(milliseconds(10'000))) {
    kill_hard();
  }
  process_.reset();
}

Result<void> PrivatePostgres::start_again() {
  if (is_running()) {
    return {};
  }
  return launch();
}

Result<void> PrivatePostgres::restart(StopMode mode) {
  stop(mode);
  return launch();
}

void PrivatePostgres::kill_hard() {
  if (!process_) {
    return;
  }
  // Every backend is the leader of a session of its own, so there is no group to kill. Stop the postmaster first, or
  // it would start new ones meanwhile.
  process_->signal(SIGSTOP);
  const std::vector<pid_t> backends = children_of(process_->pid());
  process_->signal(SIGKILL);
  for (const pid_t backend : backends) {
    ::kill(backend, SIGKILL);
  }
  process_->wait(milliseconds(5000));
  process_.reset();
  const auto deadline = steady_clock::now() + milliseconds(5000);
  for (const pid_t backend : backends) {
    while (process_exists(backend) && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
}

std::string PrivatePostgres::url(std::string_view database, std::string_view role, std::string_view password) const {
  return fmt::format("postgresql://{}:{}@127.0.0.1:{}/{}", percent_encode(role), percent_encode(password), port_,
                     percent_encode(database));
}

std::string PrivatePostgres::socket_url(std::string_view database, std::string_view role,
                                        std::string_view password) const {
  return fmt::format("postgresql://{}:{}@/{}?host={}&port={}", percent_encode(role), percent_encode(password),
                     percent_encode(database), percent_encode(socket_folder().string()), port_);
}

std::string PrivatePostgres::superuser_url(std::string_view database) const {
  return url(database, "postgres", password_);
}

}  // namespace salesflow::cluster
