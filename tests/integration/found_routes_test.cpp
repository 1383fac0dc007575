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

const std::vector<std::string>& extremes_of(const std::string& type) {
  static const std::map<std::string, std::vector<std::string>> values{
      {"numeric(", {"'NaN'"}},
      {"numeric", {"'NaN'", "'Infinity'", "'-Infinity'"}},
      {"real", {"'NaN'", "'Infinity'", "'-Infinity'"}},
      {"double precision", {"'NaN'", "'Infinity'", "'-Infinity'"}},
      {"date", {"'infinity'", "'-infinity'", "'5874897-12-31'", "'4713-01-01 BC'"}},
      {"timestamp", {"'infinity'", "'-infinity'", "'294276-12-31 23:59:59'", "'4713-01-02 BC'", "'294247-06-01'"}},
      {"text[]", {"'{{a,b},{c,d}}'", "'{NULL,x}'", "'{{{a}},{{NULL}}}'", "'[0:1]={a,b}'"}},
      {"uuid[]", {"'{{00000000-0000-0000-0000-000000000001},{00000000-0000-0000-0000-000000000002}}'"}},
      {"jsonb", {"'null'", "'1'", "'\"x\"'", "'{\"a\": null}'", "'[null, 1, [2]]'"}}};
  static const std::vector<std::string> none;
  std::string longest;
  for (const auto& [start, extremes] : values) {
    if (type.starts_with(start) && start.size() > longest.size())
      longest = start;
  }
  return longest.empty() ? none : values.at(longest);
}

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

  /// The user's rows of a table.
  static cluster::SqlRows rows_of(FoundDatabase& found, const FoundTable& table) {
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
    return found.run("SELECT id FROM " + table.name + " WHERE " + whose + " ORDER BY id");
  }

  /// One NULL a row, in another column each; and one row with all of them. Which row has which.
  std::map<std::string, std::string> put_nulls(FoundDatabase& found, const FoundTable& table) {
    std::map<std::string, std::string> column_of;
    const auto ids = rows_of(found, table);
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

  /// A row for each value that a type can hold and few think of, in all columns of that type at once.
  static void put_extremes(FoundDatabase& found) {
    for (const auto& table : found_tables()) {
      if (!found.shape().has(table.name))
        continue;
      const auto ids = rows_of(found, table);
      for (std::size_t row = 0; row < 5 && row < ids.rows.size(); ++row) {
        std::string changes;
        for (const auto& [column, form] : found.shape().columns_of(table)) {
          if (!form.generated.empty() || column == "id" || tenant_columns.contains(column))
            continue;
          const auto& values = extremes_of(form.type);
          if (!values.empty())
            changes += (changes.empty() ? "" : ", ") + column + " = " + values[row % values.size()];
        }
        if (!changes.empty())
          found.run("UPDATE " + table.name + " SET " + changes + " WHERE id = $1", {ids.value(row)});
      }
    }
  }

  static inline std::unique_ptr<FoundServer> postgres;
};

/// The ids on all pages of a list, by its links to the next one.
std::set<std::string> ids_of_list(TakenOver& taken, const std::string& list, int page_rows = 100) {
  std::set<std::string> ids;
  const bool by_page = list == "/api/contacts" || list.starts_with("/api/deals") || list == "/api/tasks";
  std::string target = list + (list.find('?') == std::string::npos ? "?" : "&") + (by_page ? "per_page=" : "limit=") +
                       std::to_string(page_rows);
  for (int page = 0; page < 400; ++page) {
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

TEST_P(FoundRoutes, ServeNumbersTimesAndListsAtTheirExtremes) {
  TakenOver taken(*postgres, {.history = GetParam()}, sizes(), put_extremes);
  const auto rows = taken.database().hash_found({"org_id"}, "5a1e5f10-0000-4000-8000-000000000001");
  EXPECT_EQ(rows, taken.before().rows) << "values are kept";
  for (const Listed& listed : listed_tables) {
    SCOPED_TRACE(listed.table);
    // Three rows a page: a cursor stands on each of them.
    const auto ids = ids_of_list(taken, listed.list, 3);
    const auto table = std::find_if(found_tables().begin(), found_tables().end(),
                                    [&](const FoundTable& found) { return found.name == listed.table; });
    const auto all = rows_of(taken.database(), *table);
    for (std::size_t row = 0; row < 5; ++row) {
      EXPECT_TRUE(ids.contains(all.value(row))) << listed.list << " hides row " << row;
      if (listed.detail.empty())
        continue;
      const auto answer =
          taken.server().get(fmt::format(fmt::runtime(listed.detail), all.value(row)), taken.token(user));
      EXPECT_EQ(answer.status, 200) << listed.detail << ", row " << row << ": " << answer.raw.body << "\n  "
                                    << taken.cause_of(answer);
      EXPECT_EQ(answer.raw.body.find("\"NaN\""), std::string::npos) << answer.raw.body;
    }
  }
  for (const char* sort : {"created_at", "updated_at", "expected_close_date", "value", "stage_entered_at"}) {
    for (const char* direction : {"asc", "desc"}) {
      const std::string list = fmt::format("/api/deals?open_only=false&sort_by={}&sort_order={}", sort, direction);
      EXPECT_EQ(ids_of_list(taken, list, 2), ids_of_list(taken, "/api/deals?open_only=false")) << list;
    }
  }
  for (const auto& call : taken.calls(user)) {
    if (call.method != "GET")
      continue;
    const auto answer = taken.send(call, user);
    EXPECT_LT(answer.status, 500) << "GET " << call.target << " " << answer.raw.body << "\n  "
                                  << taken.cause_of(answer);
    EXPECT_EQ(answer.raw.body.find("\"NaN\""), std::string::npos) << "GET " << call.target;
  }
  for (const auto& call : taken.calls(user)) {
    const auto answer = taken.send(call, user);
    const bool needs_a_service = answer.status == 501;
    EXPECT_TRUE(answer.status < 500 || needs_a_service)
        << call.method << " " << call.target << " " << answer.raw.body << "\n  " << taken.cause_of(answer);
  }
}

INSTANTIATE_TEST_SUITE_P(BothHistories, FoundRoutes, testing::Values(History::a, History::b),
                         [](const auto& of) { return of.param == History::a ? "A" : "B"; });

}  // namespace
}  // namespace salesflow::test
