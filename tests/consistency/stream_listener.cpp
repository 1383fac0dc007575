#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <random>
#include <thread>

#include "tests/consistency/stream_ledger.hpp"
#include "tests/consistency/threads.hpp"
#include "tests/consistency/wire.hpp"

namespace salesflow::consistency {
namespace {

/// Whose changes a stream tells, as features/stream/topics.cpp has it.
constexpr const char* feed_of_listener =
    "SELECT number FROM salesflow.change_feed WHERE number > $1::bigint AND number <= $2::bigint AND ("
    "(topic IN ('activities', 'contacts', 'deal_stage_changes', 'deals', 'organizations', 'org_members', 'tasks') AND "
    "org_id = $4) OR (topic IN ('autopilot_settings', 'crm_notes', 'dm_conversations', 'dm_messages', "
    "'followup_suggestions', 'lead_interactions', 'leads', 'message_events', 'message_queue', 'org_members', 'users') "
    "AND user_id = $3)) ORDER BY number";

class StreamListener {
 public:
  StreamListener(World& world, Rig& rig, std::size_t person, std::uint64_t seed)
      : world_(world), rig_(rig), person_(*world.people[person]), random_(seed) {}

  void run() {
    while (!world_.stop) {
      connect_and_hear(between(300, 4'000));
      compare();
      if (!world_.stop)
        std::this_thread::sleep_for(std::chrono::milliseconds(between(0, 300)));
    }
    world_.tally.stream_events += ledger_.events();
    world_.tally.stream_resumes += ledger_.resumed();
    world_.tally.stream_resyncs += ledger_.resyncs();
  }

 private:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  void complain(const std::string& text) {
    world_.violate(Rule::stream,
                   fmt::format("  stream of user {} through node {}: {}\n", person_.user_id, node_, text));
  }

  void connect_and_hear(std::int64_t ms) {
    node_ = static_cast<int>(between(0, rig_.node_count() - 1));
    Socket socket;
    if (!socket.connect(rig_.ports()[static_cast<std::size_t>(node_)]))
      return;
    const Nanos until = now() + milliseconds_of(ms);
    const auto wait = [&](short events) {
      pollfd poller{socket.fd(), events, 0};
      return !world_.stop &&
             now()<until&& ::poll(&poller, 1, static_cast<int>(std::max<Nanos>(1, (until - now()) / 1'000'000)))> 0;
    };
    const std::string place = ledger_.last_id().empty() ? "" : "Last-Event-ID: " + ledger_.last_id() + "\r\n";
    const std::string request = make_request(
        "GET", "/api/stream", "Authorization: Bearer " + person_.token + "\r\nAccept: text/event-stream\r\n" + place);
    if (!wait(POLLOUT) || ::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) <= 0)
      return;
    ledger_.connected();
    EventReader reader;
    std::string head;
    bool has_head = false;
    while (wait(POLLIN)) {
      char part[16384];
      const auto bytes = ::recv(socket.fd(), part, sizeof part, 0);
      if (bytes <= 0)
        return;
      std::string_view got(part, static_cast<std::size_t>(bytes));
      if (!has_head) {
        head += got;
        const auto end = head.find("\r\n\r\n");
        if (end == std::string::npos)
          continue;
        has_head = true;
        if (!head.starts_with("HTTP/1.1 200")) {
          if (!head.starts_with("HTTP/1.1 503"))
            world_.note_odd("the stream answered " + head.substr(0, head.find("\r\n")));
          return;
        }
        reader.feed(std::string_view(head).substr(end + 4), [this](const auto& event) { take(event); });
        continue;
      }
      reader.feed(got, [this](const auto& event) { take(event); });
    }
  }

  void take(const EventReader::Event& event) {
    if (event.name == "resync")
      world_.note_odd("resync: " + event.data);
    // A place in a feed that had nothing yet is no number of the feed.
    const bool is_excused = event.data.find("feed_lost") != std::string::npos || ledger_.last_id().starts_with("0.");
    if (event.name == "resync" && !is_excused)
      complain("resync " + event.data + " though its place " + ledger_.last_id() + " is young; goes on at " + event.id);
    ledger_.take(event);
  }

  void compare() {
    if (ledger_.end() == ledger_.start())
      return;
    if (!session_)
      session_ = rig_.connect();
    if (!session_)
      return;
    const auto rows = session_->run(feed_of_listener, {std::to_string(ledger_.start()), std::to_string(ledger_.end()),
                                                       person_.user_id, person_.org_id});
    if (!rows) {
      session_.reset();
      return;  // later, with what follows
    }
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; i < rows->rows.size(); ++i)
      numbers.push_back(rows->integer(i));
    ledger_.compare(numbers);
  }

  World& world_;
  Rig& rig_;
  const Person& person_;
  std::mt19937_64 random_;
  int node_ = 0;
  std::optional<cluster::SqlSession> session_;
  StreamLedger ledger_{[this](const std::string& text) { complain(text); }};
};

}  // namespace

void listen(World& world, Rig& rig, std::size_t person, std::uint64_t seed) {
  StreamListener(world, rig, person, seed).run();
}

}  // namespace salesflow::consistency
