#include "platform/redis/node.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"
#include "platform/redis/errors.hpp"
#include "platform/runtime/reconnect.hpp"

namespace salesflow::redis {

using std::chrono::steady_clock;

Node::Node(asio::io_context& context, CoarseTimer& timer, const Settings& settings, Address address,
           const ServerUrl& url, TlsContext tls, Metrics& metrics, Owner& owner)
    : context_(context),
      timer_(timer),
      settings_(settings),
      address_(std::move(address)),
      url_(url),
      tls_(std::move(tls)),
      metrics_(metrics),
      owner_(owner),
      seats_(static_cast<std::size_t>(settings.connections)),
      random_(std::random_device{}()) {}

Node::~Node() {
  shut_down();
  *alive_ = false;
}

void Node::start() {
  if (!std::exchange(stopped_, false))
    return;
  state_ = State::connecting;
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    seats_[seat].retry = std::make_unique<CoarseTimer::Entry>(
        [this, seat] { asio::co_spawn(context_, open(seat, alive_), asio::detached); });
    asio::co_spawn(context_, open(seat, alive_), asio::detached);
  }
}

Task<void> Node::open(std::size_t seat, std::shared_ptr<bool> alive) {
  if (!*alive || stopped_)
    co_return;
  const auto connection =
      std::make_shared<Connection>(context_, timer_, settings_, metrics_, static_cast<Connection::Owner&>(*this));
  seats_[seat].connection = connection;
  const auto deadline = steady_clock::now() + settings_.connect_timeout;
  const auto identity = co_await connection->open(address_, url_, tls_, deadline);
  if (!*alive || stopped_) {
    connection->disown();
    connection->close("shutting down");
    co_return;
  }
  if (seats_[seat].connection != connection)
    co_return;  // it broke already, and is retried
  Seat& place = seats_[seat];
  if (!identity) {
    metrics_.connect_failed.add();
    if (place.failures == 0)
      log::warn("redis_connect_failed", {{"server", to_string(address_)}, {"what", identity.error().log_detail}});
    place.connection.reset();
    retry_later(seat);
    if (!has_connection())
      go_down(identity.error());
    co_return;
  }
  if (place.was_open || place.failures > 0)
    log::info("redis_connected", {{"server", to_string(address_)}, {"attempts", place.failures + 1}});
  if (std::exchange(place.was_open, true))
    metrics_.reconnects.add();
  metrics_.connections.add(1);
  place.failures = 0;
  identity_ = *identity;
  const bool was_up = std::exchange(state_, State::up) == State::up;
  dispatch_waiting();
  if (!was_up)
    owner_.on_up(*this);
}

void Node::retry_later(std::size_t seat) {
  Seat& place = seats_[seat];
  const auto pause = reconnect_pause(settings_.backoff_min, settings_.backoff_max, place.failures++, random_);
  timer_.arm(*place.retry, steady_clock::now() + pause);
}

bool Node::has_connection() const {
  return std::any_of(seats_.begin(), seats_.end(),
                     [](const Seat& seat) { return seat.connection && seat.connection->is_open(); });
}

void Node::go_down(Error why) {
  problem_ = std::move(why);
  const bool was_down = std::exchange(state_, State::down) == State::down;
  fail_waiting(problem_);
  if (!was_down)
    owner_.on_down(*this);
}

void Node::on_closed(Connection& connection, const std::string& reason) {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    if (seats_[seat].connection.get() != &connection)
      continue;
    log::warn("redis_connection_lost", {{"server", to_string(address_)}, {"what", reason}});
    metrics_.lost.add();
    metrics_.connections.add(-1);
    seats_[seat].connection.reset();
    retry_later(seat);
  }
  // What had begun on it cannot go on elsewhere in order.
  for (const CallPtr& call : waiting_) {
    if (call->connection == &connection)
      call->settle_rest(unavailable("the connection was lost: " + reason));
  }
  if (!has_connection()) {
    go_down(unavailable("the connection was lost: " + reason));
  } else {
    dispatch_waiting();
  }
}

Connection* Node::find_place() {
  const auto always = [](const Connection&) { return true; };
  return choose_connection(seats_, settings_.in_flight_max, always, always);
}

/// As many of the call's commands as its connection takes.
void Node::fill(Call& call) {
  if (!call.connection)
    call.connection = find_place();
  while (call.connection && call.sent < call.commands.size() && call.connection->is_open() &&
         !call.connection->is_congested() && call.connection->in_flight() < settings_.in_flight_max)
    call.connection->send(call);
}

void Node::submit(const CallPtr& call) {
  if (stopped_)
    return call->settle_rest(unavailable("shutting down"));
  if (state_ == State::down)
    return call->settle_rest(problem_);
  if (waiting_.empty())
    fill(*call);
  const std::size_t left = call->commands.size() - call->sent;
  if (left == 0)
    return;
  drop_over();
  if (waiting_commands_ + left > static_cast<std::size_t>(settings_.queue_max)) {
    // What is in a pipeline already keeps its place there.
    const Error full = unavailable("the queue for a connection is full");
    for (std::size_t i = call->sent; i < call->commands.size(); ++i)
      call->settle(i, full);
    return;
  }
  waiting_commands_ += left;
  waiting_.push_back(call);
}

void Node::drop_over() {
  std::erase_if(waiting_, [&](const CallPtr& call) {
    if (call->is_over())
      waiting_commands_ -= call->commands.size() - call->sent;
    return call->is_over();
  });
}

void Node::dispatch_waiting() {
  drop_over();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    Call& call = **it;
    const std::size_t before = call.sent;
    fill(call);
    waiting_commands_ -= call.sent - before;
    if (!call.connection)
      return;  // there is no place at all
    it = call.sent == call.commands.size() ? waiting_.erase(it) : it + 1;
  }
}

void Node::on_progress(Connection& connection) {
  (void)connection;
  if (!waiting_.empty())
    dispatch_waiting();
}

void Node::fail_waiting(const Error& error) {
  auto waiting = std::move(waiting_);
  waiting_.clear();
  waiting_commands_ = 0;
  for (const CallPtr& call : waiting)
    call->settle_rest(error);
}

bool Node::is_idle() const {
  return waiting_.empty() && std::all_of(seats_.begin(), seats_.end(), [](const Seat& seat) {
           return !seat.connection || seat.connection->in_flight() == 0;
         });
}

std::uint64_t Node::writes() const {
  std::uint64_t writes = 0;
  for (const Seat& seat : seats_)
    writes += seat.connection ? seat.connection->writes() : 0;
  return writes;
}

void Node::shut_down() {
  if (std::exchange(stopped_, true))
    return;
  state_ = State::down;
  problem_ = unavailable("shutting down");
  fail_waiting(problem_);
  for (Seat& seat : seats_) {
    seat.retry.reset();
    if (!seat.connection)
      continue;
    if (seat.connection->is_open())
      metrics_.connections.add(-1);
    seat.connection->disown();
    seat.connection->close("shutting down");
    seat.connection.reset();
  }
}

}  // namespace salesflow::redis
