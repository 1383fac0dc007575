// The event statements of the service, called the way its store calls them. Arguments are texts that stand for values:
// pgbench variables (":user_0") or SQL literals ("'…'").
#pragma once

#include <string>
#include <vector>

#include "platform/core/query.hpp"

namespace salesflow::bench {

struct StatementCall {
  const Query* query;                  // static storage
  std::vector<std::string> arguments;  // one an argument of the .sql header
};

/// begin_request as the service sends it in front of a read or (with the transaction id) a write.
StatementCall begin_call(std::string user_id, std::string org_id, std::string timeout_ms, bool write);

/// One page of the list; an empty filter is not part of the statement. First page: before = infinity.
struct ListFilters {
  std::string status, contact_id, channel, direction;
};
struct PageStart {
  std::string before_at = "'infinity'";
  std::string before_id = "'ffffffff-ffff-ffff-ffff-ffffffffffff'";
};
StatementCall list_call(std::string user_id, const ListFilters& filters, const PageStart& start,
                        std::string limit_rows);

/// The first page of the pending queue, oldest first; an empty channel means all.
StatementCall pending_call(std::string user_id, std::string channel, std::string limit_rows);

/// One new event.
struct NewEvent {
  std::string id, user_id, org_id, channel, direction, text, normalized_text;
};
StatementCall create_call(const NewEvent& event);

}  // namespace salesflow::bench
