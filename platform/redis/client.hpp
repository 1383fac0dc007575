// Client: a thread's way to Redis, one server or a cluster: pipelined, bounded, failing fast while it is away.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/redis/call.hpp"
#include "platform/redis/settings.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::redis {

class Core;
class Subscription;

/// The values of an MGET, as views into the answers.
class Values {
 public:
  std::size_t size() const { return places_.size(); }
  /// Of the index-th key asked for; nullopt when there is none (or what is there is no string).
  std::optional<std::string_view> value(std::size_t index) const;
  /// Which server told.
  const RunId& run_id(std::size_t index) const { return answers_[places_[index].answer].run_id; }

 private:
  friend class Client;
  struct Place {
    std::size_t answer, element;
  };
  std::vector<Answer> answers_;
  std::vector<Place> places_;
};

struct SetOptions {
  enum class When { always, if_absent, if_present };
  std::chrono::milliseconds ttl{0};  // 0: it stays
  When when = When::always;
};

/// Commands for pipelines (run_all).
Command set_command(std::string_view key, std::string_view value, SetOptions options = {});
Command incr_command(std::string_view key, std::int64_t by = 1);

/// A Lua script and its name in EVALSHA.
class Script {
 public:
  explicit Script(std::string source);
  const std::string& source() const { return source_; }
  const std::string& sha() const { return sha_; }

 private:
  std::string source_, sha_;
};

/// Walks over the keys of a server, or of all of a cluster's, while they change: a key that stays throughout comes at
/// least once.
class Scan {
 public:
  /// The next keys, maybe none; nullopt behind the last. Errors: as Client::run; the walk is over then.
  Task<Result<std::optional<std::vector<std::string>>>> next();

 private:
  friend class Client;
  std::shared_ptr<Core> core_;
  std::string pattern_;
  int count_ = 0;
  bool began_ = false;
  std::vector<Address> left_;  // the last is at work
  std::string cursor_ = "0";
};

/// Single-threaded. Commands leave at the end of the turn of the event loop they were asked in, in one send. A command
/// may have been done when its outcome is an error, except for `unavailable` while is_up() is false.
/// Errors of all: unavailable (away, queue full, connection lost, the server is loading, full or failing over),
/// deadline_exceeded (Settings::command_timeout or the caller's deadline), payload_too_large (the answer),
/// invalid_argument (keys of different slots in one command, on a cluster).
class Client {
 public:
  static constexpr SteadyTime no_deadline = SteadyTime::max();

  /// Begins to connect; a wrong URL shows in check(). Without a registry nobody sees the figures.
  Client(asio::io_context& context, CoarseTimer& timer, Settings settings, telemetry::Registry* registry = nullptr);
  /// As shut_down().
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Connects once, beside the others, and says who is there. For the start: the error's public_detail and log_detail
  /// say what an operator has to mend (URL, name, certificate, user, password, permissions), without secrets.
  Task<Result<ServerIdentity>> check();

  /// Commands are answered by someone. While it is false they end at once; it tries to connect all the time.
  bool is_up() const;
  bool is_cluster() const;
  /// Sends to all servers, for tests of how they are put together.
  std::uint64_t writes() const;

  /// Server's error replies are answers here: reply.is_error().
  Task<Result<Answer>> run(Command command, SteadyTime deadline = no_deadline);
  /// One round trip (a server); one outcome a command. In order, as far as they go to one server.
  Task<std::vector<Result<Answer>>> run_all(std::vector<Command> commands, SteadyTime deadline = no_deadline);

  // In what follows an error reply is an Error.

  /// One MGET a slot, all in one round trip.
  Task<Result<Values>> mget(std::vector<std::string> keys, SteadyTime deadline = no_deadline);
  /// False: it was not set, by SetOptions::when.
  Task<Result<bool>> set(std::string key, std::string value, SetOptions options = {},
                         SteadyTime deadline = no_deadline);
  /// The new number.
  Task<Result<std::int64_t>> incr(std::string key, std::int64_t by = 1, SteadyTime deadline = no_deadline);
  /// How many there were.
  Task<Result<std::int64_t>> unlink(std::vector<std::string> keys, SteadyTime deadline = no_deadline);
  /// How many heard it, on the server that was asked.
  Task<Result<std::int64_t>> publish(std::string channel, std::string payload, SteadyTime deadline = no_deadline);
  /// By its hash; with its source when the server does not know it. On a cluster all keys must be of one slot.
  Task<Result<Answer>> eval(const Script& script, std::vector<std::string> keys, std::vector<std::string> arguments,
                            SteadyTime deadline = no_deadline);
  /// Keys like `pattern`, about `count` looked at a step.
  Scan scan(std::string pattern, int count = 1000) const;

  /// Closes everything; what waits ends as unavailable.
  void shut_down();

 private:
  friend class Subscription;
  std::shared_ptr<Core> core_;
};

}  // namespace salesflow::redis
