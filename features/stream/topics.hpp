// Which tables a live stream tells of, and to whom: as their policies let people see rows.
#pragma once

#include <optional>
#include <string_view>

namespace salesflow::stream {

/// Whose change it is.
enum class Readers {
  user,            // the user that its rows name
  organization,    // the members of the organisation that they name
  both,            // either
  user_or_shared,  // the user; rows without user are everybody's
};

struct Topic {
  std::string_view name;  // the table's
  Readers readers = Readers::user;
  bool concerns_badges = false;  // GET /api/badges may answer otherwise
  bool is_job = false;           // told as `jobs`
};

/// nullptr: nobody is told.
const Topic* find_topic(std::string_view table);

}  // namespace salesflow::stream
