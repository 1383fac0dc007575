#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <optional>
#include <random>
#include <thread>

#include "tests/consistency/markers.hpp"
#include "tests/consistency/population.hpp"
#include "tests/consistency/threads.hpp"
#include "tests/consistency/wire.hpp"

namespace salesflow::consistency {
namespace {

constexpr int asked_a_node = 8, made_max = 2;
constexpr Nanos patience = milliseconds_of(3'000);

/// X-Cache of the answer to a request that was sent; "" when there is none, or another status than 200.
std::string read_word(const Socket& socket, Nanos until) {
  std::string buffer;
  for (;;) {
    if (const auto answer = parse_answer(buffer))
      return answer->status == 200 ? std::string(answer->header("X-Cache")) : "";
    pollfd poller{socket.fd(), POLLIN, 0};
    const Nanos left = (until - now()) / 1'000'000;
    char part[16384];
    if (left <= 0 || ::poll(&poller, 1, static_cast<int>(left)) <= 0)
      return "";
    const auto bytes = ::recv(socket.fd(), part, sizeof part, 0);
    if (bytes <= 0)
      return "";
    buffer.append(part, static_cast<std::size_t>(bytes));
  }
}

/// How many of those who asked at once had the answer made.
int ask_at_once(const std::vector<int>& ports, const std::string& request) {
  std::vector<Socket> sockets(ports.size() * asked_a_node);
  for (std::size_t i = 0; i < sockets.size(); ++i)
    sockets[i].connect(ports[i % ports.size()]);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // until all have been accepted
  for (const Socket& socket : sockets)
    (void)::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL);
  int made = 0;
  const Nanos until = now() + patience;
  for (const Socket& socket : sockets)
    made += read_word(socket, until) == "miss" ? 1 : 0;
  return made;
}

/// Answers of Redis that came too late for the nodes, so that they did without; nullopt when one does not say.
std::optional<std::uint64_t> late_answers(std::vector<PlainClient>& nodes) {
  std::uint64_t sum = 0;
  for (PlainClient& node : nodes) {
    const auto late = number_behind(node.ask("GET", "/metrics").body, "\nsalesflow_redis_late_answers_total ");
    if (!late)
      return std::nullopt;
    sum += *late;
  }
  return sum;
}

}  // namespace

void stampede(World& world, Rig& rig, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pass = [&world](int ms) {
    for (int i = 0; i < ms / 10 && !world.stop; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  // Of a tenant that nobody writes to: a write in between has an answer made again, and rightly.
  const std::string head = "Authorization: Bearer " + make_loner(rig, "stampede").token + "\r\n";
  std::vector<PlainClient> nodes;
  for (const int port : rig.ports())
    nodes.emplace_back(port, std::chrono::seconds(2));
  pass(5'000);  // nodes learn first what an answer is made of
  while (!world.stop) {
    pass(500 + static_cast<int>(random() % 1'500));
    const std::string path = fmt::format("/api/deals/stats/summary?pipeline=nobody{}", random() % 1'000'000'000);
    const Nanos began = now();
    const auto late_before = late_answers(nodes);
    const int made = ask_at_once(rig.ports(), make_request("GET", path, head));
    pass(50);
    const auto late = late_answers(nodes);
    // A node that was started again has to learn, and without Redis each node makes its own: also where a busy machine
    // made Redis too slow for them.
    if (!late || late != late_before || world.stop || world.redis_excuse.covers(began) ||
        world.relay_excuse.covers(began))
      continue;
    ++world.tally.stampedes;
    if (made > made_max)
      world.violate(Rule::stampede, fmt::format("  {} of {} requests at once for {} had it made\n", made,
                                                rig.ports().size() * asked_a_node, path));
  }
}

}  // namespace salesflow::consistency
