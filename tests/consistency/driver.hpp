// Driver: many sessions on one thread. Each writes now and then and otherwise reads in pipelined batches, through a
// node by chance, and judges each answer.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "tests/consistency/world.hpp"

namespace salesflow::consistency {

struct DriverOptions {
  std::vector<int> ports;  // of the nodes
  int writes_in = 50;      // one write in so many requests
  int batch_max = 24;      // reads that are sent at once
  int never_in = 40;       // one read in so many asks for what is never kept
  int think_us = 0;        // a session's pause between its requests
  Nanos patience = milliseconds_of(12'000);
};

/// A session as a driver is given it.
struct SessionPlan {
  int number = 0;
  std::size_t person = 0;
  bool by_cookie = false;
};

class Driver {
 public:
  Driver(World& world, DriverOptions options, std::vector<SessionPlan> sessions, std::uint64_t seed);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Until world.stop; then what is under way is left open.
  void run();

 private:
  class Client;
  void wait_for_sockets();
  void look_at_clocks();

  World& world_;
  const DriverOptions options_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace salesflow::consistency
