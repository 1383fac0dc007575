// Server-sent events as text, and the ids by which a client goes on after a break.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/feed/change.hpp"

namespace salesflow::feed {

/// Appends one event. `data` is one line (JSON); `id` may be empty: the client keeps the one before.
void append_event(std::string& out, std::string_view event, std::string_view data, std::string_view id = {});
/// Appends what keeps the connection busy; with an id, the client knows how far it is without any event.
void append_heartbeat(std::string& out, std::string_view id);

/// {"table":"leads","operation":"update","ids":["…"]}; ids null: many. Of jobs also "jobs":[…].
std::string change_data(const Change& change);

/// "1234.Zk3…": the number of a change, and a mark of the one for whom it was made (its tenant, by a key of ours).
std::string make_id(std::int64_t number, std::string_view mark);

/// Where a stream begins.
struct Start {
  enum class Kind {
    now,      // no id: with what comes next
    place,    // behind `number`, if that is still known
    garbage,  // an id that is not ours
    foreign,  // an id that was made for somebody else
  } kind = Kind::now;
  std::int64_t number = 0;
  friend bool operator==(const Start&, const Start&) = default;
};
/// Reads what a client says in Last-Event-ID.
Start read_id(std::string_view text, std::string_view mark);

}  // namespace salesflow::feed
