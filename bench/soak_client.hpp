// One client of a soak: writes or reads, believes what it is told and enters it in the ledger.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "bench/http_client.hpp"
#include "bench/soak_ledger.hpp"

namespace salesflow::bench {

/// Shared by all clients of a run.
struct SoakCounts {
  std::atomic<std::uint64_t> reads{0}, refused{0}, repeats{0};
};

/// One thread at a time. `ledger` and `counts` outlive it.
class SoakClient {
 public:
  /// `marker_prefix` makes the texts of its events unique.
  SoakClient(int port, std::string token, std::string marker_prefix, SoakLedger& ledger, SoakCounts& counts);

  /// Creates an event: every second one with an Idempotency-Key, repeated until it is acknowledged. Then changes the
  /// status of some, and reads back what was acknowledged.
  void write_once();
  /// A page of the list or of the pending queue.
  void read_once();

 private:
  enum class Outcome { done, refused, broken };
  struct Attempt {
    Outcome outcome;
    HttpAnswer answer;
  };
  Attempt attempt(const HttpCall& call, std::string_view what);
  void change_status(const std::string& marker, const std::string& event_id);
  void read_back(const std::string& event_id, const std::string& status);

  HttpClient http_;
  std::string token_, marker_prefix_;
  SoakLedger& ledger_;
  SoakCounts& counts_;
  std::uint64_t number_ = 0;
};

}  // namespace salesflow::bench
