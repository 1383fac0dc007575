#include "platform/postgres/pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <charconv>

#include "platform/core/log.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/runtime/reconnect.hpp"

namespace salesflow::postgres {

using std::chrono::steady_clock;

Pool::Pool(asio::io_context& context, CoarseTimer& timer, const PoolSettings& settings, std::string conninfo,
           Observer& observer)
    : context_(context),
      timer_(timer),
      settings_(settings),
      conninfo_(std::move(conninfo)),
      observer_(observer),
      sweep_([this] { sweep(); }),
      random_(std::random_device{}()) {
  seats_.resize(static_cast<std::size_t>(settings_.connections));
}

Pool::~Pool() {
  shut_down();
  *alive_ = false;
}

void Pool::start() {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    seats_[seat].retry = std::make_unique<CoarseTimer::Entry>(
        [this, seat] { asio::co_spawn(context_, open(seat, alive_), asio::detached); });
    asio::co_spawn(context_, open(seat, alive_), asio::detached);
  }
}

namespace {

/// A connection outlives its server's promotion, and would go on under the timeline of before: its writes would bring
/// stamps that say nothing to anybody. So a primary's place is not given to a server in recovery, not even for a
/// moment.
Result<ServerIdentity> unless_in_recovery(Result<ServerIdentity> identity, bool is_primarys) {
  if (identity && identity->in_recovery && is_primarys)
    return unavailable("connect: the server is a standby, or not promoted yet");
  return identity;
}

}  // namespace

Task<void> Pool::open(std::size_t seat, std::shared_ptr<bool> alive) {
  if (!*alive || stopped_)
    co_return;
  const auto connection =
      std::make_shared<Connection>(context_, timer_, settings_, static_cast<Connection::Owner&>(*this));
  seats_[seat].connection = connection;
  const bool is_primarys = conninfo_ == settings_.conninfo;  // the pool may be gone when it is connected
  auto told = co_await connection->connect(conninfo_, steady_clock::now() + settings_.connect_timeout);
  const auto identity = unless_in_recovery(std::move(told), is_primarys);
  if (!*alive || stopped_) {
    connection->disown();
    connection->close();
    co_return;
  }
  if (seats_[seat].connection != connection)
    co_return;  // it broke while it opened, and is retried already
  if (!identity) {
    observer_.on_connect_failed();
    if (seats_[seat].failures == 0)
      log::warn("postgres_connect_failed", {{"what", identity.error().log_detail}});
    connection->disown();
    connection->close();
    seats_[seat].connection.reset();
    retry_later(seat);
    co_return;
  }
  if (seats_[seat].failures > 0)
    log::info("postgres_connected", {{"attempts", seats_[seat].failures + 1}});
  seats_[seat].failures = 0;
  identity_ = *identity;
  last_answer_ = steady_clock::now();
  observer_.on_connected();
  dispatch_waiting();
}

void Pool::retry_later(std::size_t seat) {
  Seat& place = seats_[seat];
  const auto pause = reconnect_pause(settings_.backoff_min, settings_.backoff_max, place.failures++, random_);
  timer_.arm(*place.retry, steady_clock::now() + pause);
}

void Pool::on_closed(Connection& connection, const std::string& reason) {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    if (seats_[seat].connection.get() != &connection)
      continue;
    log::warn("postgres_connection_lost", {{"what", reason}});
    observer_.on_connection_lost();
    seats_[seat].connection.reset();
    retry_later(seat);
  }
}

namespace {

constexpr int together_max = 4;  // more would wait for each other longer than a write and a wake-up cost

/// Reads whose header promises about a page's worth of buffers: tens to a few hundred microseconds.
bool is_short(const Request& request) {
  constexpr int buffers_max = 60;
  return std::all_of(request.statements.begin(), request.statements.end(), [](const BoundQuery& bound) {
    const std::string_view budget = bound.query->budget;
    int base = 0;
    const auto [end, error] = std::from_chars(budget.data(), budget.data() + budget.size(), base);
    const std::string_view rest(end, budget.data() + budget.size());
    return error == std::errc{} && base <= buffers_max && bound.query->mode == QueryMode::read &&
           (rest.empty() || rest == " + 1 * rows");
  });
}

}  // namespace

/// Short reads of one turn of the event loop go together: one write and one wake-up of a server process, which is a
/// fifth of such a list's cost. All else goes where the fewest wait.
Connection* Pool::find_place(const Request& request) {
  // The identity is the last thing learnt while opening.
  const auto is_ready = [](const Connection& connection) { return connection.identity().cluster != 0; };
  const auto joins = [&request](const Connection& connection) {
    return connection.in_flight() < together_max && is_short(request);
  };
  return choose_connection(seats_, settings_.in_flight_max, is_ready, joins);
}

void Pool::submit(Request& request) {
  const auto now = steady_clock::now();
  if (stopped_) {
    request.end = End::shut_down;
    return;
  }
  if (request.deadline <= now) {
    request.end = End::expired;
    return;
  }
  if (waiting_.empty()) {
    if (Connection* const place = find_place(request))
      return start_on(*place, request);
  }
  if (waiting_count_ >= settings_.queue_max) {
    request.end = End::rejected;
    request.error = unavailable("the queue for a connection is full");
    return;
  }
  request.limit = std::min(request.deadline, now + settings_.acquire_timeout);
  request.queued_at = now;
  waiting_.push_back(request);
  ++waiting_count_;
  watch(request);
}

void Pool::start_on(Connection& connection, Request& request) {
  // A write's end is waited for a little longer: the server's own limit decides it, and its answer says how.
  const bool write =
      request.prologue == Prologue::write && request.deadline < SteadyTime::max() - settings_.write_grace;
  request.limit = write ? request.deadline + settings_.write_grace : request.deadline;
  running_.push_back(request);
  watch(request);
  connection.send(request);
  if (request.end != End::pending)
    request.unlink();
}

void Pool::on_progress(Connection& connection) {
  (void)connection;
  if (!waiting_.empty())
    dispatch_waiting();
}

void Pool::dispatch_waiting() {
  while (!waiting_.empty()) {
    Request& request = waiting_.front();
    Connection* const place = find_place(request);
    if (!place)
      return;
    request.unlink();
    --waiting_count_;
    request.waited += std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - request.queued_at);
    observer_.on_pool_wait(request.waited);
    start_on(*place, request);
    if (request.end != End::pending)
      end_later(context_, request);
  }
}

void Pool::end_later(asio::io_context& context, Request& request) {
  // Its end is set and nobody else points to it: the waiter keeps it alive until this resumes it.
  asio::post(context, [&request] { request.resume(); });
}

void Pool::watch(Request& request) {
  if (request.limit >= sweep_at_)
    return;
  sweep_at_ = request.limit;
  timer_.arm(sweep_, sweep_at_);
}

/// Ends what is over its limit. One timer for all: it is set to the earliest limit, and most requests are gone by then.
void Pool::sweep() {
  const auto now = steady_clock::now();
  sweep_at_ = SteadyTime::max();
  std::vector<Request*> over;
  const auto visit = [&](RequestList& list, auto on_over) {
    for (auto it = list.begin(); it != list.end();) {
      Request& request = *it++;
      if (request.limit > now) {
        sweep_at_ = std::min(sweep_at_, request.limit);
        continue;
      }
      request.unlink();
      on_over(request);
      over.push_back(&request);
    }
  };
  visit(waiting_, [&](Request& request) {
    --waiting_count_;
    request.end = request.deadline <= now ? End::expired : End::rejected;
    if (request.end == End::rejected)
      request.error = unavailable(is_up() ? "no place in a pipeline in time" : "no connection");
  });
  visit(running_, [](Request& request) {
    if (request.connection)
      request.connection->abandon(request);
    request.end = End::expired;
  });
  timer_.arm(sweep_, sweep_at_);
  for (Request* request : over)
    request->resume();
}

void Pool::withdraw(Request& request) {
  if (request.end != End::pending)
    return;
  request.unlink();
  if (request.connection) {
    request.connection->abandon(request);
  } else {
    --waiting_count_;
  }
  request.end = End::lost;
  request.resume();
}

void Pool::renew() {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    const ConnectionPtr connection = std::move(seats_[seat].connection);
    if (!connection)
      continue;
    seats_[seat].connection.reset();
    if (connection->identity().cluster != 0)
      observer_.on_connection_lost();
    connection->disown();
    connection->close();
    retry_later(seat);
  }
}

bool Pool::is_up() const {
  return std::any_of(seats_.begin(), seats_.end(), [](const Seat& seat) {
    return seat.connection && seat.connection->is_open() && seat.connection->identity().cluster != 0;
  });
}

SteadyTime Pool::last_answer() const {
  SteadyTime latest{};
  for (const Seat& seat : seats_) {
    if (seat.connection && seat.connection->is_open())
      latest = std::max(latest, seat.connection->last_answer());
  }
  return latest;
}

Task<Result<ConnectionPtr>> Pool::connect_alone(Connection::Owner& owner, SteadyTime deadline) {
  const auto connection = std::make_shared<Connection>(context_, timer_, settings_, owner);
  const auto limit = std::min(deadline, steady_clock::now() + settings_.connect_timeout);
  const bool is_primarys = conninfo_ == settings_.conninfo;
  auto told = co_await connection->connect(conninfo_, limit);
  const auto identity = unless_in_recovery(std::move(told), is_primarys);
  if (!identity) {
    connection->disown();
    connection->close();
    co_return identity.error();
  }
  co_return connection;
}

Task<Result<ConnectionPtr>> Pool::acquire_exclusive(SteadyTime deadline) {
  const auto alive = alive_;
  const auto limit = std::min(deadline, steady_clock::now() + settings_.acquire_timeout);
  if (stopped_)
    co_return unavailable("shutting down");
  if (exclusive_in_use_ >= settings_.exclusive_connections_max) {
    if (exclusive_waiting_ >= settings_.queue_max)
      co_return unavailable("the queue for an exclusive connection is full");
    Waiter waiter(context_);
    CoarseTimer::Entry timeout([&waiter] { waiter.woken.set(false); });
    timer_.arm(timeout, limit);
    exclusive_waiters_.push_back(waiter);
    ++exclusive_waiting_;
    const bool woken = co_await waiter.woken.wait();
    if (!*alive)
      co_return unavailable("shutting down");
    --exclusive_waiting_;
    if (!woken) {
      if (steady_clock::now() >= deadline)
        co_return deadline_exceeded(nullptr, "while it waited for an exclusive connection");
      co_return unavailable("no exclusive connection in time");
    }
    // The place was handed over: exclusive_in_use_ counts it already.
  } else {
    ++exclusive_in_use_;
  }
  while (!exclusive_idle_.empty()) {
    ConnectionPtr idle = std::move(exclusive_idle_.back());
    exclusive_idle_.pop_back();
    if (idle->is_open())
      co_return idle;
  }
  auto fresh = co_await connect_alone(*this, deadline);
  if (!*alive)
    co_return unavailable("shutting down");
  if (!fresh) {
    observer_.on_connect_failed();
    --exclusive_in_use_;
    wake_exclusive_waiter();
    co_return fresh;
  }
  std::erase_if(exclusive_known_, [](const auto& known) { return known.expired(); });
  exclusive_known_.push_back(*fresh);
  co_return fresh;
}

void Pool::wake_exclusive_waiter() {
  while (!exclusive_waiters_.empty()) {
    Waiter& waiter = exclusive_waiters_.front();
    waiter.unlink();
    if (waiter.woken.is_set())
      continue;  // its time was over in the same moment
    ++exclusive_in_use_;
    waiter.woken.set(true);
    return;
  }
}

void Pool::forget_exclusive() {
  --exclusive_in_use_;
  wake_exclusive_waiter();
}

void Pool::release_exclusive(ConnectionPtr connection) {
  --exclusive_in_use_;
  if (!stopped_ && connection->is_open() && connection->is_idle() && connection->is_outside_transaction()) {
    exclusive_idle_.push_back(std::move(connection));
  } else {
    connection->close();
  }
  wake_exclusive_waiter();
}

void Pool::drop_idle_exclusive() {
  for (const auto& idle : exclusive_idle_)
    idle->close();
  exclusive_idle_.clear();
}

void Pool::cancel_running() {
  for (const Seat& seat : seats_) {
    if (seat.connection)
      seat.connection->cancel_running();
  }
  for (const auto& known : exclusive_known_) {
    if (const ConnectionPtr connection = known.lock())
      connection->cancel_running();
  }
}

void Pool::shut_down() {
  if (stopped_)
    return;
  stopped_ = true;
  sweep_.disarm();
  for (RequestList* list : {&waiting_, &running_}) {
    while (!list->empty()) {
      Request& request = list->front();
      request.unlink();
      if (request.connection)
        request.connection->abandon(request);
      request.end = End::shut_down;
      end_later(context_, request);
    }
  }
  waiting_count_ = 0;
  for (Seat& seat : seats_) {
    seat.retry.reset();
    if (!seat.connection)
      continue;
    seat.connection->disown();
    seat.connection->close();
    seat.connection.reset();
  }
  for (const auto& idle : exclusive_idle_) {
    idle->disown();
    idle->close();
  }
  exclusive_idle_.clear();
  while (!exclusive_waiters_.empty()) {
    Waiter& waiter = exclusive_waiters_.front();
    waiter.unlink();
    waiter.woken.set(false);
  }
}

}  // namespace salesflow::postgres
