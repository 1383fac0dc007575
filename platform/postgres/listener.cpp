#include "platform/postgres/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {

using std::chrono::steady_clock;

std::shared_ptr<Listener> Listener::start(std::shared_ptr<Core> core, std::vector<std::string> channels,
                                          OnNotify on_notify, std::function<void()> on_reconnect) {
  auto& context = core->context();
  auto listener = std::shared_ptr<Listener>(
      new Listener(std::move(core), std::move(channels), std::move(on_notify), std::move(on_reconnect)));
  auto run = [listener] { return listener->keep_listening(); };
  asio::co_spawn(context, std::move(run), asio::detached);
  return listener;
}

Listener::Listener(std::shared_ptr<Core> core, std::vector<std::string> channels, OnNotify on_notify,
                   std::function<void()> on_reconnect)
    : core_(std::move(core)), on_notify_(std::move(on_notify)), on_reconnect_(std::move(on_reconnect)) {
  for (const std::string& channel : channels) {
    std::string quoted;
    for (const char c : channel)
      quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    statements_.push_back("LISTEN \"" + quoted + "\"");
  }
  for (const std::string& text : statements_)
    queries_.push_back(plain_statement("postgres.listen", text));
}

void Listener::stop() {
  stopped_ = true;
  if (connection_) {
    connection_->disown();
    connection_->close();
    connection_.reset();
  }
  if (closed_)
    closed_->set(true);
}

void Listener::on_closed(Connection&, const std::string& reason) {
  log::warn("postgres_listener_lost", {{"what", reason}});
  if (closed_)
    closed_->set(true);
}

Task<bool> Listener::listen_on(ConnectionPtr connection) {
  std::vector<BoundQuery> statements;
  for (const Query& query : queries_)
    statements.push_back({&query, Params{}});
  Request request;
  request.statements = statements;
  request.deadline = steady_clock::now() + core_->settings().connect_timeout;
  co_await connection->run(request, true);
  co_return request.end == End::done;
}

Task<void> Listener::keep_listening() {
  const auto self = shared_from_this();
  const PoolSettings& settings = core_->settings();
  auto pause = settings.backoff_min;
  for (bool first = true; !stopped_;) {
    closed_ = std::make_unique<OneShot<bool>>(core_->context());
    auto connection = co_await core_->primary().connect_alone(*this, steady_clock::now() + settings.connect_timeout);
    if (connection && !stopped_) {
      connection_ = *connection;
      connection_->on_notify = [this](std::string_view channel, std::string_view payload) {
        if (!stopped_)
          on_notify_(channel, payload);
      };
      if (co_await listen_on(connection_) && !stopped_) {
        // The first time too: what happened before LISTEN was not heard.
        if (!first || on_reconnect_)
          on_reconnect_();
        first = false;
        pause = settings.backoff_min;
        co_await closed_->wait();
      }
    }
    if (stopped_)
      break;
    if (connection_)
      connection_->disown();
    if (connection_)
      connection_->close();
    connection_.reset();
    co_await core_->sleep_until(steady_clock::now() + pause);
    pause = std::min(pause * 2, settings.backoff_max);
  }
}

}  // namespace salesflow::postgres
