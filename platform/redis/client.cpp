#include "platform/redis/client.hpp"

#include <openssl/evp.h>

#include <map>

#include "platform/redis/core.hpp"
#include "platform/redis/errors.hpp"

namespace salesflow::redis {
namespace {

/// An error reply becomes an Error.
Result<Answer> checked(Result<Answer> outcome) {
  if (outcome && outcome->reply.is_error())
    return error_from(outcome->reply.text());
  return outcome;
}

Result<std::int64_t> number_of(Result<Answer> outcome) {
  outcome = checked(std::move(outcome));
  if (!outcome)
    return outcome.error();
  return outcome->reply.integer();
}

/// One command a slot, in the order in which slots appear; and which keys it has.
struct Grouped {
  std::vector<Command> commands;
  std::vector<std::vector<std::size_t>> keys;
};

Grouped group(std::string_view name, const std::vector<std::string>& keys, bool by_slot) {
  Grouped grouped;
  std::map<int, std::size_t> places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto [place, is_new] = places.try_emplace(by_slot ? slot_of(keys[i]) : 0, grouped.commands.size());
    if (is_new) {
      grouped.commands.emplace_back(name);
      grouped.keys.emplace_back();
    }
    grouped.commands[place->second].key(keys[i]);
    grouped.keys[place->second].push_back(i);
  }
  return grouped;
}

}  // namespace

std::optional<std::string_view> Values::value(std::size_t index) const {
  const Value value = answers_[places_[index].answer].reply[places_[index].element];
  if (value.type() != Type::bulk)
    return std::nullopt;
  return value.text();
}

Command set_command(std::string_view key, std::string_view value, SetOptions options) {
  Command command("SET");
  command.key(key).arg(value);
  if (options.ttl.count() > 0)
    command.arg("PX").arg(options.ttl.count());
  if (options.when != SetOptions::When::always)
    command.arg(options.when == SetOptions::When::if_absent ? "NX" : "XX");
  return command;
}

Command incr_command(std::string_view key, std::int64_t by) {
  Command command("INCRBY");
  command.key(key).arg(by);
  return command;
}

Script::Script(std::string source) : source_(std::move(source)) {
  RunId digest;  // of the same size
  unsigned size = 0;
  EVP_Digest(source_.data(), source_.size(), digest.bytes.data(), &size, EVP_sha1(), nullptr);
  sha_ = digest.to_string();
}

Client::Client(asio::io_context& context, CoarseTimer& timer, Settings settings, telemetry::Registry* registry)
    : core_(std::make_shared<Core>(context, timer, std::move(settings), registry)) {
  core_->start();
}

Client::~Client() {
  shut_down();
}

void Client::shut_down() {
  core_->shut_down();
}

bool Client::is_up() const {
  return core_->is_up();
}

bool Client::is_cluster() const {
  return core_->is_cluster();
}

std::uint64_t Client::writes() const {
  return core_->writes();
}

Task<Result<ServerIdentity>> Client::check() {
  const auto core = core_;
  co_return co_await core->check();
}

Task<Result<Answer>> Client::run(Command command, SteadyTime deadline) {
  const auto core = core_;
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  auto outcomes = co_await core->run_all(std::move(commands), deadline);
  co_return std::move(outcomes.front());
}

Task<std::vector<Result<Answer>>> Client::run_all(std::vector<Command> commands, SteadyTime deadline) {
  const auto core = core_;
  co_return co_await core->run_all(std::move(commands), deadline);
}

Task<Result<Values>> Client::mget(std::vector<std::string> keys, SteadyTime deadline) {
  const auto core = core_;
  Grouped grouped = group("MGET", keys, core->is_cluster() || !core->is_up());
  auto outcomes = co_await core->run_all(std::move(grouped.commands), deadline);
  Values values;
  values.places_.resize(keys.size());
  for (std::size_t answer = 0; answer < outcomes.size(); ++answer) {
    auto outcome = checked(std::move(outcomes[answer]));
    if (!outcome)
      co_return outcome.error();
    if (outcome->reply.size() != grouped.keys[answer].size())
      co_return salesflow::fail(Errc::internal, "Redis refused a command", {}, "MGET answered something else");
    for (std::size_t element = 0; element < grouped.keys[answer].size(); ++element)
      values.places_[grouped.keys[answer][element]] = {answer, element};
    values.answers_.push_back(std::move(*outcome));
  }
  co_return std::move(values);
}

Task<Result<bool>> Client::set(std::string key, std::string value, SetOptions options, SteadyTime deadline) {
  const auto outcome = checked(co_await run(set_command(key, value, options), deadline));
  if (!outcome)
    co_return outcome.error();
  const bool was_set = !outcome->reply.is_nil();
  co_return was_set;
}

Task<Result<std::int64_t>> Client::incr(std::string key, std::int64_t by, SteadyTime deadline) {
  co_return number_of(co_await run(incr_command(key, by), deadline));
}

Task<Result<std::int64_t>> Client::unlink(std::vector<std::string> keys, SteadyTime deadline) {
  const auto core = core_;
  Grouped grouped = group("UNLINK", keys, core->is_cluster() || !core->is_up());
  auto outcomes = co_await core->run_all(std::move(grouped.commands), deadline);
  std::int64_t sum = 0;
  for (auto& outcome : outcomes) {
    const auto number = number_of(std::move(outcome));
    if (!number)
      co_return number.error();
    sum += *number;
  }
  co_return sum;
}

Task<Result<std::int64_t>> Client::publish(std::string channel, std::string payload, SteadyTime deadline) {
  Command command("PUBLISH");
  command.arg(channel).arg(payload);
  co_return number_of(co_await run(std::move(command), deadline));
}

Task<Result<Answer>> Client::eval(const Script& script, std::vector<std::string> keys,
                                  std::vector<std::string> arguments, SteadyTime deadline) {
  const auto core = core_;
  const std::string source = script.source(), sha = script.sha();
  for (const bool by_hash : {true, false}) {
    Command command(by_hash ? "EVALSHA" : "EVAL");
    command.arg(by_hash ? sha : source).arg(keys.size());
    for (const std::string& key : keys)
      command.key(key);
    for (const std::string& argument : arguments)
      command.arg(argument);
    std::vector<Command> commands;
    commands.push_back(std::move(command));
    auto outcomes = co_await core->run_all(std::move(commands), deadline);
    if (by_hash && outcomes.front() && outcomes.front()->reply.is_error() &&
        outcomes.front()->reply.text().starts_with("NOSCRIPT"))
      continue;
    co_return checked(std::move(outcomes.front()));
  }
  co_return unavailable("unreachable");
}

Scan Client::scan(std::string pattern, int count) const {
  Scan scan;
  scan.core_ = core_;
  scan.pattern_ = std::move(pattern);
  scan.count_ = count;
  return scan;
}

Task<Result<std::optional<std::vector<std::string>>>> Scan::next() {
  if (!std::exchange(began_, true)) {
    const auto servers = co_await core_->primaries(Client::no_deadline);
    if (!servers)
      co_return servers.error();
    left_ = *servers;
  }
  std::optional<std::vector<std::string>> keys;
  if (left_.empty())
    co_return std::move(keys);
  std::vector<Command> commands{Command("SCAN").arg(cursor_).arg("MATCH").arg(pattern_).arg("COUNT").arg(count_)};
  auto outcomes = co_await core_->run_on(left_.back(), std::move(commands), Client::no_deadline);
  const auto outcome = checked(std::move(outcomes.front()));
  if (!outcome || outcome->reply.size() != 2) {
    left_.clear();
    if (!outcome)
      co_return outcome.error();
    co_return salesflow::fail(Errc::internal, "Redis refused a command", {}, "SCAN answered something else");
  }
  cursor_ = outcome->reply[0].text();
  if (cursor_ == "0")
    left_.pop_back();
  const Value found = outcome->reply[1];
  keys.emplace();
  for (std::size_t i = 0; i < found.size(); ++i)
    keys->emplace_back(found[i].text());
  co_return std::move(keys);
}

}  // namespace salesflow::redis
