// Server: the listening socket and the connections of one worker thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "platform/http/server/session.hpp"

namespace salesflow::http {

/// One per worker thread, on its io_context; several listen on the same port (SO_REUSEPORT). All calls on the context's
/// thread, or before it runs.
class Server {
 public:
  /// `services` and what it points to must live until the context is destroyed or all sessions have ended.
  Server(asio::io_context& context, CoarseTimer& timer, const Services& services);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens on settings.address and `port` (0: a free one) and starts accepting; returns the port, so that the other
  /// threads' servers can join it. Throws boost::system::system_error when it cannot.
  std::uint16_t listen(std::uint16_t port);

  /// Goes on as before, but each answer says "Connection: close" and ends its connection: those that a proxy keeps go
  /// one by one while it learns from /readyz or from its own settings that this server stops. drain() follows.
  void begin_drain();
  /// Stops accepting, once all that the kernel has taken for it are accepted; closes idle connections, answers what
  /// runs with "Connection: close"; what is not done by `deadline` is cut. The context runs out of work when all is
  /// closed.
  void drain(SteadyTime deadline);
  /// Connections that are still open.
  int connections() const { return host_->connections; }

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
  using Sessions = boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>>;

  void accept_next();
  void accept_rest();
  void start(Socket socket);

  std::shared_ptr<SessionHost> host_;
  Acceptor acceptor_;
  Sessions sessions_;
  CoarseTimer::Entry retry_;  // accepting again after "too many open files"
  CoarseTimer::Entry cut_;    // the end of draining
  SteadyTime cut_at_{};
  bool paused_ = false;  // at connections_max
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace salesflow::http
