// StreamLedger: what one client of the live stream was told, from connection to connection, and whether that is each
// change once and in order. No sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow::consistency {

/// Takes chunks (HTTP/1.1 chunked coding) apart and gives the lines of events on. One for each connection.
class EventReader {
 public:
  struct Event {
    std::string name, data, id;
  };
  /// Appends bytes as they come, behind the head of the answer; calls `take` for each whole event or heartbeat
  /// (without a name).
  void feed(std::string_view bytes, const std::function<void(const Event&)>& take);
  /// The coding's last chunk has come.
  bool is_over() const { return over_; }

 private:
  std::string raw_, text_;
  bool over_ = false;
};

class StreamLedger {
 public:
  /// `complain` gets a sentence for each thing that must not happen.
  explicit StreamLedger(std::function<void(const std::string&)> complain) : complain_(std::move(complain)) {}

  /// What to send as Last-Event-ID: "" at the first time.
  const std::string& last_id() const { return last_id_; }
  void connected() { is_first_event_ = true; }
  void take(const EventReader::Event& event);

  /// The stretch that was told in one piece: numbers above start(), up to end(); those of changes among them.
  std::int64_t start() const { return start_; }
  std::int64_t end() const { return end_; }
  const std::vector<std::int64_t>& numbers() const { return numbers_; }
  /// Compares with the feed's own numbers of that stretch and begins the next one behind it.
  void compare(const std::vector<std::int64_t>& feed);
  std::uint64_t resyncs() const { return resyncs_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t resumed() const { return resumed_; }

 private:
  void start_anew(std::int64_t at);

  std::function<void(const std::string&)> complain_;
  std::string last_id_;
  std::int64_t start_ = 0, end_ = 0;
  std::vector<std::int64_t> numbers_;
  std::uint64_t resyncs_ = 0, events_ = 0, resumed_ = 0;
  bool is_first_event_ = true;
};

}  // namespace salesflow::consistency
