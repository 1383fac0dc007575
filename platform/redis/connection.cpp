#include "platform/redis/connection.hpp"

#include <boost/asio/post.hpp>

#include "platform/redis/errors.hpp"

namespace salesflow::redis {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t read_bytes = 64 << 10;

bool begins_with(const Reply& reply, std::string_view word) {
  return reply.is_error() && reply.text().starts_with(word);
}

/// What is wrong with how we introduced ourselves; the server's words hold no password.
std::string login_problem(const Reply& reply, const ServerUrl& url) {
  const std::string user = url.user.empty() ? "default" : url.user;
  if (begins_with(reply, "WRONGPASS"))
    return "the server refuses the password of user " + user;
  if (begins_with(reply, "NOAUTH"))
    return "the server wants a password, and REDIS_URL has none";
  if (begins_with(reply, "NOPERM"))
    return "user " + user + " lacks a permission: " + error_from(reply.text()).log_detail;
  if (begins_with(reply, "ERR AUTH") || begins_with(reply, "ERR Client sent AUTH"))
    return "the server has no password, and REDIS_URL has one";
  return error_from(reply.text()).log_detail;
}

}  // namespace

Connection::Connection(asio::io_context& context, CoarseTimer& timer, const Settings& settings, Metrics& metrics,
                       Owner& owner)
    : context_(context),
      timer_(timer),
      settings_(settings),
      metrics_(metrics),
      owner_(&owner),
      stream_(context),
      reader_(static_cast<std::size_t>(settings.reply_bytes_max)),
      in_(read_bytes),
      watch_([this] { watch(); }) {}

Task<Result<ServerIdentity>> Connection::open(Address address, ServerUrl url, TlsContext tls, SteadyTime deadline) {
  const auto self = shared_from_this();
  bool timed_out = false;
  CoarseTimer::Entry limit([&] {
    timed_out = true;
    stream_.close();
  });
  timer_.arm(limit, deadline);
  auto connected = co_await stream_.open(address, std::move(tls));
  Result<ServerIdentity> identity = connected ? Result<ServerIdentity>(ServerIdentity{}) : connected.error();
  if (connected)
    identity = co_await introduce(url);
  limit.disarm();
  if (timed_out)
    identity = unavailable((stream_.is_shaking_hands() ? "no TLS with " : "no connection to ") + to_string(address) +
                           " in time");
  if (closed_)
    identity = unavailable("closed");
  if (!identity) {
    closed_ = true;
    stream_.close();
    co_return identity;
  }
  identity_ = *identity;
  open_ = true;
  last_received_ = steady_clock::now();
  read();
  co_return identity;
}

Task<Result<ServerIdentity>> Connection::introduce(const ServerUrl& url) {
  std::vector<Command> commands;
  if (!url.password.empty()) {
    Command auth("AUTH");
    if (!url.user.empty())
      auth.arg(url.user);
    commands.push_back(auth.arg(url.password));
  }
  commands.push_back(Command("INFO").arg("server"));
  commands.push_back(Command("INFO").arg("cluster"));
  if (url.database != 0)
    commands.push_back(Command("SELECT").arg(url.database));
  commands.push_back(Command("CLIENT").arg("SETNAME").arg(settings_.client_name));  // may be refused: only a name
  const auto replies = co_await exchange(std::move(commands));
  if (!replies)
    co_return replies.error();
  for (std::size_t i = 0; i + 1 < replies->size(); ++i) {
    if ((*replies)[i].is_error())
      co_return unavailable(login_problem((*replies)[i], url));
  }
  const std::size_t info = url.password.empty() ? 0 : 1;
  ServerIdentity identity;
  identity.run_id = RunId::of(info_field((*replies)[info].text(), "run_id"));
  identity.version = info_field((*replies)[info].text(), "redis_version");
  identity.is_cluster = info_field((*replies)[info + 1].text(), "cluster_enabled") == "1";
  if (!identity.run_id.is_known())
    co_return unavailable("the server does not tell its run_id");
  co_return identity;
}

/// Before the pipeline: sends and waits for as many replies.
Task<Result<std::vector<Reply>>> Connection::exchange(std::vector<Command> commands) {
  std::string out;
  for (const Command& command : commands)
    command.append_to(out);
  boost::system::error_code error;
  co_await stream_.write_all(out, error);
  std::vector<Reply> replies;
  while (!error && replies.size() < commands.size()) {
    const std::size_t bytes = co_await stream_.read_some(in_, error);
    if (error)
      break;
    reader_.feed({in_.data(), bytes});
    while (auto received = reader_.next())
      replies.push_back(std::move(received->reply));
    if (reader_.is_broken())
      co_return unavailable("the server does not speak Redis' protocol: " + reader_.problem());
  }
  if (error)
    co_return unavailable("the server ended the connection (" + error.message() + "); does it want TLS?");
  co_return replies;
}

void Connection::push(CallPtr call, std::size_t index, SteadyTime limit) {
  slots_.push_back({std::move(call), index, limit});
  if (!watch_.is_armed())
    timer_.arm(watch_, limit + settings_.stall_timeout);
}

void Connection::send(Call& call) {
  if (call.asking) {
    Command("ASKING").append_to(unsent_);
    push(nullptr, 0, call.deadline());
  }
  call.commands[call.sent].append_to(unsent_);
  push(CallPtr(&call), call.sent, call.deadline());
  call.connection = this;
  ++call.sent;
  cork();
}

void Connection::send_apart(const Command& command) {
  command.append_to(unsent_);
  cork();
}

void Connection::cork() {
  if (std::exchange(corked_, true))
    return;
  auto uncork = [self = shared_from_this()] {
    self->corked_ = false;
    self->flush();
  };
  asio::post(context_, std::move(uncork));
}

void Connection::flush() {
  if (!open_ || writing_ || unsent_.empty())
    return;
  writing_ = true;
  ++writes_;
  sending_.swap(unsent_);
  auto sent = [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
    self->writing_ = false;
    self->sending_.clear();
    if (!self->open_)
      return;
    if (error)
      return self->end("send: " + error.message());
    const bool was_congested = self->is_congested();
    self->flush();
    if (was_congested && self->owner_)
      self->owner_->on_progress(*self);
  };
  stream_.write_all(asio::buffer(sending_), std::move(sent));
}

void Connection::read() {
  auto received = [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
    if (!self->open_)
      return;
    if (error)
      return self->end(error == asio::error::eof ? "the server ended it" : "receive: " + error.message());
    self->on_read(bytes);
  };
  stream_.read_some(asio::buffer(in_), std::move(received));
}

void Connection::on_read(std::size_t bytes) {
  last_received_ = steady_clock::now();
  reader_.feed({in_.data(), bytes});
  while (open_) {
    auto received = reader_.next();
    if (!received)
      break;
    take(std::move(*received));
  }
  if (open_ && reader_.is_broken())
    end("what came is no reply: " + reader_.problem());
  if (!open_)
    return;
  if (owner_)
    owner_->on_progress(*this);
  if (open_)
    read();
}

void Connection::take(Received received) {
  if (on_push) {
    if (!received.too_large)
      on_push(received.reply);
    return;
  }
  if (slots_.empty())
    return end("a reply that nobody asked for");
  const Slot slot = std::move(slots_.front());
  slots_.pop_front();
  // A server that became a replica stays one: the name may lead to the new primary.
  if (begins_with(received.reply, "READONLY"))
    break_off("the server is a replica");
  if (!slot.call)
    return;
  if (slot.call->outcomes[slot.index]) {
    metrics_.late_answers.add();
    return;
  }
  if (received.too_large)
    return slot.call->settle(slot.index, reply_too_large());
  slot.call->settle(slot.index, Answer{std::move(received.reply), identity_.run_id});
}

/// The first that waits decides: a server that answers nothing past its deadline is as good as gone.
void Connection::watch() {
  if (!open_ || slots_.empty())
    return;
  const auto due = std::max(slots_.front().limit, last_received_) + settings_.stall_timeout;
  if (due <= steady_clock::now())
    return end("the server answers nothing");
  timer_.arm(watch_, due);
}

void Connection::break_off(std::string reason) {
  auto later = [self = shared_from_this(), reason = std::move(reason)] {
    if (self->open_)
      self->end(reason);
  };
  asio::post(context_, std::move(later));
}

void Connection::end(const std::string& reason) {
  const auto self = shared_from_this();
  close(reason);
  if (owner_)
    owner_->on_closed(*this, reason);
}

void Connection::close(const std::string& reason) {
  open_ = false;
  closed_ = true;
  watch_.disarm();
  stream_.close();
  auto slots = std::move(slots_);
  slots_.clear();
  const Error error = unavailable("the connection was lost with the command in flight: " + reason);
  for (const Slot& slot : slots) {
    if (slot.call)
      slot.call->settle(slot.index, error);
  }
}

}  // namespace salesflow::redis
