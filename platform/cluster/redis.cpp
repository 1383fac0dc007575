#include "platform/cluster/redis.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include "platform/cluster/postgres.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::cluster {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

PrivateRedis::PrivateRedis(const ServerHome& home, RedisOptions options, std::filesystem::path folder)
    : home_(home), options_(std::move(options)), folder_(std::move(folder)), password_(random_hex(24)) {}

PrivateRedis::~PrivateRedis() {
  stop();
}

Result<std::unique_ptr<PrivateRedis>> PrivateRedis::start(const ServerHome& home, RedisOptions options) {
  Result<std::filesystem::path> folder = home.make_folder(options.name);
  if (!folder) {
    return folder.error();
  }
  std::unique_ptr<PrivateRedis> server(new PrivateRedis(home, std::move(options), *folder));
  if (Result<void> launched = server->launch(); !launched) {
    return launched.error();
  }
  return server;
}

bool PrivateRedis::answers() const {
  struct Free {
    void operator()(redisContext* context) const noexcept { redisFree(context); }
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
  };
  const timeval timeout{.tv_sec = 0, .tv_usec = 200'000};
  const std::unique_ptr<redisContext, Free> context(redisConnectWithTimeout("127.0.0.1", port_, timeout));
  if (!context || context->err != 0 || redisSetTimeout(context.get(), timeout) != REDIS_OK) {
    return false;
  }
  for (const std::string& command : {"AUTH " + password_, std::string("PING")}) {
    const std::unique_ptr<redisReply, Free> reply(
        static_cast<redisReply*>(redisCommand(context.get(), command.c_str())));
    if (!reply || reply->type != REDIS_REPLY_STATUS) {
      return false;
    }
  }
  return true;
}

Result<void> PrivateRedis::launch() {
  const Result<std::string> program = find_program("redis-server");
  if (!program) {
    return program.error();
  }
  const bool port_is_fixed = port_ != 0;
  const auto deadline = steady_clock::now() + options_.start_timeout;
  while (steady_clock::now() < deadline) {
    if (!port_is_fixed) {
      port_ = free_port();
    }
    std::string text = fmt::format(
        "bind 127.0.0.1\n"
        "port {}\n"
        "unixsocket \"{}\"\n"
        "unixsocketperm 700\n"
        "requirepass {}\n"
        "dir \"{}\"\n"
        "save \"\"\n"
        "appendonly no\n"
        "daemonize no\n"
        "databases 16\n",
        port_, socket_path().string(), password_, folder_.string());
    for (const auto& [name, value] : options_.settings) {
      text += fmt::format("{} {}\n", name, value);
    }
    if (Result<void> written = write_private_file(folder_ / "redis.conf", text, &home_.user()); !written) {
      return written;
    }
    Result<ChildProcess> child = ChildProcess::spawn({.arguments = {*program, (folder_ / "redis.conf").string()},
                                                      .environment = {},
                                                      .user = home_.user(),
                                                      .log_file = log_file(),
                                                      .directory = folder_,
                                                      .death_signal = SIGTERM});
    if (!child) {
      return child.error();
    }
    process_ = std::make_unique<ChildProcess>(std::move(*child));
    while (is_running() && steady_clock::now() < deadline) {
      if (answers()) {
        return {};
      }
      process_->wait(milliseconds(10));
    }
    if (log_tail(log_file()).find("Address already in use") == std::string::npos) {
      break;
    }
  }
  stop();
  return fail(Errc::unavailable, "Redis did not start, see " + log_file().string(), {}, log_tail(log_file()));
}

void PrivateRedis::stop() {
  if (process_) {
    thaw();
    process_->stop(SIGTERM, milliseconds(3000));
    process_.reset();
  }
}

Result<void> PrivateRedis::start_again() {
  return is_running() ? Result<void>() : launch();
}

void PrivateRedis::kill_hard() {
  if (process_) {
    process_->stop(SIGKILL, milliseconds(5000));
    process_.reset();
  }
}

void PrivateRedis::freeze() {
  if (process_) {
    process_->signal(SIGSTOP);
  }
}

void PrivateRedis::thaw() {
  if (process_) {
    process_->signal(SIGCONT);
  }
}

std::string PrivateRedis::url() const {
  return fmt::format("redis://:{}@127.0.0.1:{}/0", password_, port_);
}

}  // namespace salesflow::cluster
