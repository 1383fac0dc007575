#include "platform/redis/subscription.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"
#include "platform/redis/core.hpp"
#include "platform/redis/errors.hpp"

namespace salesflow::redis {

using std::chrono::steady_clock;

std::shared_ptr<Subscription> Subscription::start(const Client& client, std::vector<std::string> channels,
                                                  Callbacks callbacks) {
  const auto core = client.core_;
  std::shared_ptr<Subscription> subscription(new Subscription(core, std::move(channels), std::move(callbacks)));
  asio::co_spawn(core->context(), keep_subscribed(subscription, core), asio::detached);
  return subscription;
}

Subscription::Subscription(std::shared_ptr<Core> core, std::vector<std::string> channels, Callbacks callbacks)
    : core_(std::move(core)),
      channels_(std::move(channels)),
      callbacks_(std::move(callbacks)),
      beat_([this] { beat(); }) {}

Subscription::~Subscription() {
  stop();
}

void Subscription::stop() {
  stopped_ = true;
  connected_ = false;
  beat_.disarm();
  if (connection_) {
    connection_->disown();
    connection_->close("stopped");
    connection_.reset();
  }
  if (closed_)
    closed_->set(true);
}

/// Does not hold the subscription while it waits.
Task<void> Subscription::keep_subscribed(std::weak_ptr<Subscription> held, std::shared_ptr<Core> core) {
  const Settings& settings = core->settings();
  auto pause = settings.backoff_min;
  bool has_warned = false;
  while (auto self = held.lock()) {
    if (self->stopped_ || core->is_stopped())
      co_return;
    Connection::Owner& owner = *self;
    // `self` is held here: the connection tells its owner what happens.
    auto connection = co_await core->connect_alone(owner);
    if (connection && !self->stopped_) {
      const auto closed = std::make_shared<OneShot<bool>>(core->context());
      self->closed_ = closed;
      self->begin(std::move(*connection));
      self.reset();
      co_await closed->wait();
      self = held.lock();
      if (!self || self->stopped_)
        co_return;
      if (self->begun_at_ != SteadyTime{}) {
        pause = settings.backoff_min;
        has_warned = false;
        self->begun_at_ = {};
      }
    } else if (connection) {
      (*connection)->disown();
      (*connection)->close("stopped");
      co_return;
    } else if (!std::exchange(has_warned, true)) {
      log::warn("redis_subscribe_failed", {{"what", connection.error().log_detail}});
    }
    self.reset();
    co_await core->sleep_until(steady_clock::now() + core->jittered(pause));
    pause = std::min(pause * 2, settings.backoff_max);
  }
}

void Subscription::begin(ConnectionPtr connection) {
  connection_ = std::move(connection);
  confirmed_ = 0;
  connection_->on_push = [this](const Reply& reply) { take(reply); };
  Command subscribe("SUBSCRIBE");
  for (const std::string& channel : channels_)
    subscribe.arg(channel);
  connection_->send_apart(subscribe);
  core_->timer().arm(beat_, steady_clock::now() + core_->settings().ping_interval);
}

void Subscription::take(const Reply& reply) {
  const auto self = weak_from_this().lock();
  if (!self || stopped_)
    return;
  if (reply.is_error()) {
    connection_->break_off(error_from(reply.text()).log_detail);
    return;
  }
  const std::string_view kind = reply.size() >= 2 ? reply[0].text() : "";
  if (kind == "message" && reply.size() == 3) {
    callbacks_.on_message(reply[1].text(), reply[2].text());
  } else if (kind == "subscribe" && ++confirmed_ == channels_.size()) {
    connected_ = true;
    begun_at_ = steady_clock::now();
    if (callbacks_.on_connected)
      callbacks_.on_connected();
  }
}

/// A server that is frozen, or that nobody hears any more, closes nothing.
void Subscription::beat() {
  if (!connection_)
    return;
  const auto& settings = core_->settings();
  const auto now = steady_clock::now();
  if (core_->is_stopped() || now - connection_->last_received() >= settings.ping_interval + settings.command_timeout) {
    connection_->break_off("silent");
  } else {
    connection_->send_apart(Command("PING"));
  }
  core_->timer().arm(beat_, now + settings.ping_interval);
}

void Subscription::on_closed(Connection& connection, const std::string& reason) {
  const auto self = weak_from_this().lock();
  if (!self || connection_.get() != &connection)
    return;
  log::warn("redis_subscription_lost", {{"what", reason}});
  lose();
}

void Subscription::lose() {
  beat_.disarm();
  // The connection may be taking a reply: its callback goes with it.
  connection_->disown();
  connection_.reset();
  const bool was_connected = std::exchange(connected_, false);
  closed_->set(true);
  if (was_connected && callbacks_.on_lost)
    callbacks_.on_lost();
}

}  // namespace salesflow::redis
