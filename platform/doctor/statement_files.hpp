// Which of our files a statement of pg_stat_statements comes from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/catalogue.hpp"
#include "platform/doctor/look.hpp"

namespace salesflow::doctor {

struct StatementFile {
  const Query* query = nullptr;
  bool by_id = false;  // its query id says so; else its text alone does
};

/// By query id: PostgreSQL is asked for the ids of the statements that the text allows, or, where there is no text that
/// helps, for those of all. An id holds the numbers of tables and functions, so only this database can tell it. By the
/// text without constants where PostgreSQL gives no id (compute_query_id is off) or another (the schema is older).
class StatementFiles {
 public:
  explicit StatementFiles(Look& look) : look_(look) {}

  /// nullopt: it is none of ours. `text` may be empty. Errors: the connection was lost.
  Result<std::optional<StatementFile>> find(std::int64_t id, std::string_view text);

 private:
  Result<std::optional<std::int64_t>> id_of(const Query& query);
  Result<void> ask_all_ids();

  Look& look_;
  std::map<std::string, std::vector<const Query*>, std::less<>> by_text_;
  std::map<std::int64_t, const Query*> by_id_;
  bool has_all_ids_ = false;
};

}  // namespace salesflow::doctor
