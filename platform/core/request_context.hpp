// RequestContext: who asks, until when, and what the answer was computed from. One per request, owned by the session.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"

namespace salesflow {

struct Query;

using SteadyTime = std::chrono::steady_clock::time_point;

/// Role in the organisation of the token; superadmin is users.role, beside it.
enum class OrgRole { none, member, admin, owner };

/// The claims that set the tenant. Nil ids set an empty setting, so RLS shows nothing.
struct Identity {
  Uuid user_id;
  Uuid org_id;
  Uuid session_id;  // nil for tokens without a session (scripts, foreign issuers)
  OrgRole role = OrgRole::none;
  bool superadmin = false;
};

/// What a write was (design: derived data carries its snapshot). cluster = hash of system_identifier and timeline.
struct Stamp {
  std::uint64_t cluster = 0;
  std::uint64_t xid = 0;
  std::uint64_t lsn = 0;  // commit LSN or later; 0 when no replica is configured
  /// Which tables it may have changed, a bit each as `scheme` numbers them; all where that is not known.
  std::uint64_t tables = ~std::uint64_t{0};
  std::uint32_t scheme = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

namespace postgres {
class Transaction;
}

/// Where reads of this request may go. A replica answers only if it has replayed all that `seen` and `written` name.
enum class ReadTarget { primary, replica_allowed };

struct RequestContext {
  Identity identity;
  SteadyTime deadline = SteadyTime::max();
  std::string request_id;
  std::string_view route;  // template, static storage

  ReadTarget read_target = ReadTarget::primary;
  std::chrono::milliseconds replica_lag_max{0};  // how far behind a replica may be that answers; 0: not to be asked
  std::vector<Stamp> seen;                       // the client's own writes, which an answer must contain
  std::vector<Stamp> written;                    // what this request committed
  std::string snapshot;                          // pg_snapshot text of the first statement of the answer, "" before it

  /// Statements that were sent, whatever became of them: what the answer was made of, what was written.
  std::vector<const Query*> executed;
  /// When the answer changes without a write (a task becomes due); lowered by whoever reads such a thing.
  TimePoint valid_until = TimePoint::max();

  /// Each once, in the order of their first time.
  void note(const Query& query) {
    if (std::find(executed.begin(), executed.end(), &query) == executed.end())
      executed.push_back(&query);
  }

  /// Set while an exclusive transaction is open (Idempotency-Key): every statement of the request joins it.
  postgres::Transaction* transaction = nullptr;

  // What the answer cost, for Server-Timing, the access log and tests.
  std::uint32_t statements = 0;   // without the tenant's set_config
  std::uint32_t round_trips = 0;  // Syncs waited for
  std::uint32_t rows = 0;
  std::chrono::microseconds db_time{0};
  std::chrono::microseconds pool_wait{0};
};

}  // namespace salesflow
