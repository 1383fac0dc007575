// Found rows over HTTP: a NULL in any column that may hold one breaks no list and no detail, and hides no row.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/integration/found_story.hpp"

namespace salesflow::test {
namespace {

constexpr int user = 3;

/// A found table, who its rows belong to, and the list that shows all of a user's.
struct Listed {
  std::string table, owner_column, list, detail;
};
const std::vector<Listed> listed_tables{
    {"leads", "user_id", "/api/leads", "/api/leads/{}"},
    {"contacts", "user_id", "/api/contacts", "/api/contacts/{}"},
    {"deals", "owner_id", "/api/deals?open_only=false", "/api/deals/{}"},
    {"tasks", "assigned_to", "/api/tasks", "/api/tasks/{}"},
    {"message_events", "user_id", "/api/autopilot/message-events", "/api/autopilot/message-event/{}"},
    {"crm_notes", "user_id", "/api/crm/notes", ""},
    {"dm_conversations", "user_id", "/api/idps/inbox", "/api/idps/conversations/{}"},
};
/// Columns that say whose a row is: without one it is nobody's and no list shows it.
const std::set<std::string> tenant_columns{"user_id",    "org_id",      "owner_id",  "lead_id",
                                           "contact_id", "assigned_to", "created_by"};

class FoundRoutes : public testing::TestWithParam<History> {
 protected:
  static FoundSizes sizes() {
    FoundSizes sizes;
    sizes.leads = 8 * 80;
    sizes.contacts = 8 * 64;
    sizes.satellites = 8 * 80;
    sizes.deals = sizes.tasks = sizes.notes = 8 * 40;
    sizes.conversations = sizes.messages = 8 * 40;
    sizes.events = 8 * 40;
    return sizes;
  }
  static void SetUpTestSuite() { postgres = std::make_unique<FoundServer>("routes"); }
  static void TearDownTestSuite() { postgres.reset(); }

  /// One NULL a row, in another column each; and one row with all of them. Which row has which.
  std::map<std::string, std::string> put_nulls(FoundDatabase& found, const FoundTable& table) {
    std::map<std::string, std::string> column_of;
    const auto owner = std::find_if(listed_tables.begin(), listed_tables.end(),
                                    [&](const Listed& listed) { return listed.table == table.name; });
    const std::string owner_column = owner != listed_tables.end()                   ? owner->owner_column
                                     : found.shape().form_of(table.name, "user_id") ? "user_id"
                                                                                    : "";
    const std::string whose =
        !owner_column.empty() ? owner_column + " = '" + found_user(user).to_string() + "'"
        : found.shape().form_of(table.name, "lead_id")
            ? "lead_id IN (SELECT id FROM leads WHERE user_id = '" + found_user(user).to_string() + "')"
            : "id = '" + found_user(user).to_string() + "'";
    const auto ids = found.run("SELECT id FROM " + table.name + " WHERE " + whose + " ORDER BY id");
    std::size_t row = 0;
    std::string all;
    for (const auto& [column, form] : found.shape().columns_of(table)) {
      if (form.not_null || !form.generated.empty() || tenant_columns.contains(column) || row + 1 >= ids.rows.size())
        continue;
      found.run(fmt::format("UPDATE {} SET {} = NULL WHERE id = $1", table.name, column), {ids.value(row)});
      column_of[ids.value(row++)] = column;
      all += (all.empty() ? "" : ", ") + column + " = NULL";
    }
    if (!all.empty() && row < ids.rows.size()) {
      found.run(fmt::format("UPDATE {} SET {} WHERE id = $1", table.name, all), {ids.value(row)});
      column_of[ids.value(row)] = "every column";
    }
    return column_of;
  }

  static inline std::unique_ptr<FoundServer> postgres;
};

/// The ids on all pages of a list, by its links to the next one.
std::set<std::string> ids_of_list(TakenOver& taken, const std::string& list) {
  std::set<std::string> ids;
  const bool by_page = list == "/api/contacts" || list.starts_with("/api/deals") || list == "/api/tasks";
  std::string target =
      list + (list.find('?') == std::string::npos ? "?" : "&") + (by_page ? "per_page=100" : "limit=100");
  for (int page = 0; page < 100; ++page) {
    const auto answer = taken.server().get(target, taken.token(user));
    EXPECT_EQ(answer.status, 200) << target << " " << answer.raw.body << "\n  " << taken.cause_of(answer);
    if (answer.status != 200)
      return ids;
    const auto* rows = answer.body.if_array();
    if (const auto* object = answer.body.if_object()) {
      for (const auto& member : *object)
        rows = !rows && member.value().is_array() ? member.value().if_array() : rows;
    }
    for (const auto& row : rows ? *rows : json::array{})
      ids.emplace(row.at("id").as_string());
    const std::string link = answer.header("Link");
    const auto open = link.find('<'), close = link.find('>');
    if (link.find("rel=\"next\"") == std::string::npos || open == std::string::npos)
      return ids;
    target = link.substr(open + 1, close - open - 1);
  }
  return ids;
}

TEST_P(FoundRoutes, ShowEveryRowWhateverIsNullInIt) {
  TakenOver taken(*postgres, {.history = GetParam()}, sizes());
  FoundDatabase& found = taken.database();
  std::map<std::string, std::map<std::string, std::string>> nulls;
  for (const auto& table : found_tables())
    nulls[table.name] = put_nulls(found, table);
  for (const Listed& listed : listed_tables) {
    SCOPED_TRACE(listed.table);
    const auto ids = ids_of_list(taken, listed.list);
    for (const auto& [id, column] : nulls[listed.table]) {
      EXPECT_TRUE(ids.contains(id)) << listed.list << " hides a row whose " << column << " is NULL";
      if (listed.detail.empty())
        continue;
      const auto answer = taken.server().get(fmt::format(fmt::runtime(listed.detail), id), taken.token(user));
      EXPECT_EQ(answer.status, 200) << listed.detail << ", " << column << " is NULL: " << answer.raw.body << "\n  "
                                    << taken.cause_of(answer);
    }
  }
  // Every other GET, too: as each user, since a NULL stands in some row of each.
  for (int who = 1; who <= 8; ++who) {
    for (const auto& call : taken.calls(who)) {
      if (call.method != "GET")
        continue;
      const auto answer = taken.send(call, who);
      EXPECT_LT(answer.status, 500) << "user " << who << ": GET " << call.target << " " << answer.raw.body << "\n  "
                                    << taken.cause_of(answer);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BothHistories, FoundRoutes, testing::Values(History::a, History::b),
                         [](const auto& of) { return of.param == History::a ? "A" : "B"; });

}  // namespace
}  // namespace salesflow::test
