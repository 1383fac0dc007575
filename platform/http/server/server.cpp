#include "platform/http/server/server.hpp"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"
#include "platform/http/server/request_metrics.hpp"

namespace salesflow::http {

using asio::ip::tcp;

namespace {

/// A connection that came in the last moment has so long for its first request.
constexpr std::chrono::milliseconds quiet_after_grace{1'000};

}  // namespace

Server::Server(asio::io_context& context, CoarseTimer& timer, const Services& services)
    : host_(std::make_shared<SessionHost>(context, timer, services)),
      acceptor_(context.get_executor()),
      retry_([this] { accept_next(); }),
      cut_([this] {
        for (auto it = sessions_.begin(); it != sessions_.end();)
          (it++)->abort();
      }) {
  host_->on_session_end = [this] {
    if (host_->services.metrics)
      host_->services.metrics->on_connection(-1);
    if (host_->draining && host_->connections == 0)
      cut_.disarm();
    if (paused_ && host_->connections < host_->settings.connections_max) {
      paused_ = false;
      accept_next();
    }
  };
}

Server::~Server() {
  *alive_ = false;
  host_->on_session_end = nullptr;
}

std::uint16_t Server::listen(std::uint16_t port) {
  const tcp::endpoint endpoint(asio::ip::make_address(host_->settings.address), port);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(host_->settings.backlog);
  accept_next();
  return acceptor_.local_endpoint().port();
}

void Server::accept_next() {
  if (!acceptor_.is_open())
    return;
  if (host_->connections >= host_->settings.connections_max) {
    paused_ = true;
    return;
  }
  acceptor_.async_accept([this, alive = alive_](const boost::system::error_code& error, Socket socket) {
    if (!*alive || error == asio::error::operation_aborted)
      return;
    if (error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
        error == asio::error::no_memory) {
      log::warn("accept_failed", {{"cause", error.message()}});
      host_->timer.arm(retry_, std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
      return;
    }
    if (!error)
      start(std::move(socket));
    accept_next();
  });
}

void Server::start(Socket socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto session = std::make_unique<Session>(host_, std::move(socket));
  if (host_->services.metrics)
    host_->services.metrics->on_connection(1);
  sessions_.push_back(*session);
  if (host_->closing)
    host_->timer.arm(cut_, cut_at_);
  asio::co_spawn(host_->context, Session::run(std::move(session)), asio::detached);
}

void Server::begin_drain() {
  host_->draining = true;
  host_->quiet = quiet_after_grace;
}

/// To close the socket would reset what waits in it: connections whose client believes to be heard.
void Server::accept_rest() {
  boost::system::error_code error;
  acceptor_.cancel(error);
  acceptor_.non_blocking(true, error);
  while (acceptor_.is_open() && !error) {
    Socket socket(host_->context);
    acceptor_.accept(socket, error);
    if (!error)
      start(std::move(socket));
  }
}

void Server::drain(SteadyTime deadline) {
  host_->draining = host_->closing = true;
  boost::system::error_code ignored;
  accept_rest();
  acceptor_.close(ignored);
  retry_.disarm();
  cut_at_ = deadline;
  for (auto it = sessions_.begin(); it != sessions_.end();)
    (it++)->on_drain();
  if (!sessions_.empty())
    host_->timer.arm(cut_, deadline);
}

}  // namespace salesflow::http
