// A mix of requests as contestants: as fast as they go, and at a fixed pace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/http_client.hpp"
#include "bench/load.hpp"
#include "bench/service.hpp"

namespace salesflow::bench {

inline constexpr int paced_clients = 8;

/// Requests and how often each is chosen.
struct HttpMix {
  std::string name;  // of its files, and in messages
  std::vector<HttpCall> calls;
  std::vector<int> weights;  // as long as calls
};

/// Sends one request; throws std::runtime_error unless it is answered 200.
HttpAnswer ask(HttpClient& client, const HttpCall& call);

/// wrk at full speed; `peak` gets the rate. Asks each request once at once, to know how large answers are.
Contestant at_peak(std::string name, const HttpMix& mix, const MeasuredServer& server, pid_t database,
                   std::shared_ptr<double> peak);

/// paced_clients connections that together ask half of `peak` a second, or `most` when that is less, evenly spread:
/// latencies count from when a request was due.
Contestant at_pace(std::string name, const HttpMix& mix, const MeasuredServer& server, std::shared_ptr<double> peak,
                   double most);
Contestant at_half(std::string name, const HttpMix& mix, const MeasuredServer& server, std::shared_ptr<double> peak);

}  // namespace salesflow::bench
