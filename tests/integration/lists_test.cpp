// Every list of the service, found in /openapi.json: one statement, one round trip, an answer that fits its schema,
// and pages that hold each row once.
#include <set>

#include "tests/integration/schema_fit.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/sample_data.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

/// Lists that need more, and why.
const std::map<std::string, int> statements_of_others = {};

/// Lists that cannot be asked for without a parameter.
const std::map<std::string, std::string> queries_needed = {{"/api/contacts/search", "?q=an"},
                                                           {"/api/contacts/nearby", "?lat=48.2&lng=16.37"}};

struct List {
  std::string path;                  // template
  std::string target;                // with ids
  std::vector<std::string> queries;  // "" and one a sort
};

/// An id for each {name}, of the table that the segment before it names.
std::string with_ids(const std::string& path, const std::map<std::string, std::string>& ids) {
  std::string target = path;
  for (std::size_t open = target.find('{'); open != std::string::npos; open = target.find('{')) {
    const std::size_t slash = target.rfind('/', open - 2);
    const auto found = ids.find(target.substr(slash + 1, open - slash - 2));
    if (found == ids.end())
      return "";
    target.replace(open, target.find('}') + 1 - open, found->second);
  }
  return target;
}

std::vector<List> read_lists(const json::value& document, const std::map<std::string, std::string>& ids) {
  std::vector<List> lists;
  for (const auto& [path, operations] : document.at("paths").as_object()) {
    const auto* get = operations.as_object().if_contains("get");
    const auto* parameters = get ? get->as_object().if_contains("parameters") : nullptr;
    if (!parameters)
      continue;
    List list{std::string(path), with_ids(std::string(path), ids), {""}};
    bool is_list = false;
    if (const auto needed = queries_needed.find(list.path); needed != queries_needed.end())
      list.queries = {needed->second};
    for (const auto& parameter : parameters->as_array()) {
      const std::string name(parameter.at("name").as_string());
      is_list |= name == "limit" || name == "per_page";
      const auto& schema = parameter.at("schema").as_object();
      const auto* values = schema.if_contains("enum");
      if (const auto* any = schema.if_contains("anyOf"))
        values = any->as_array().front().as_object().if_contains("enum");
      if (name.starts_with("sort") && values) {
        for (const auto& value : values->as_array())
          list.queries.push_back("?" + name + "=" + std::string(value.as_string()));
      }
    }
    if (is_list && !list.target.empty())
      lists.push_back(std::move(list));
  }
  return lists;
}

/// statements and round_trips of each request in the access log.
std::map<std::string, std::pair<int, int>> read_costs(const std::string& log) {
  std::map<std::string, std::pair<int, int>> costs;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error);
    const auto* entry = error ? nullptr : parsed.if_object();
    if (entry && entry->contains("event") && entry->at("event") == "request")
      costs[std::string(entry->at("request").as_string())] = {
          static_cast<int>(entry->at("statements").to_number<int>()),
          static_cast<int>(entry->at("round_trips").to_number<int>())};
  }
  return costs;
}

/// The rows of a page, wherever its array stands, by id.
std::vector<std::string> ids_of(const json::value& body) {
  std::vector<std::string> ids;
  const auto* rows = body.if_array();
  if (const auto* object = body.if_object()) {
    for (const auto& member : *object) {
      if (member.value().is_array() && !rows)
        rows = member.value().if_array();
    }
  }
  if (rows) {
    for (const auto& row : *rows) {
      if (row.is_object() && row.as_object().contains("id"))
        ids.emplace_back(json::serialize(row.at("id")));
    }
  }
  return ids;
}

class Lists : public ServerStory {
 protected:
  void SetUp() override {
    extra["SALESFLOW_HTTP_ACCESS_LOG"] = "true";
    load_sample(database);
    const generator::Population population(sample_options());
    user = population.user_id(0).to_string();
    const std::string org = population.organization_id(population.organization_of_user(0)).to_string();
    token = run_salesflow({"token", "--user", user, "--org", org, "--role", "owner"}, {{"JWT_SECRET", test_jwt_secret}})
                .output;
    token.erase(token.find_last_not_of(" \n") + 1);
    const auto first = [&](const std::string& sql) { return database.run(sql, {user}).value(); };
    ids = {{"leads", first("SELECT id FROM leads WHERE user_id = $1 ORDER BY id LIMIT 1")},
           {"conversations",
            first("SELECT id FROM dm_conversations WHERE user_id = $1 ORDER BY messages_sent DESC LIMIT 1")},
           {"contacts",
            first("SELECT c.id FROM contacts AS c, org_members AS m WHERE m.user_id = $1 AND c.org_id = m.org_id "
                  "ORDER BY c.id LIMIT 1")},
           {"deals", first("SELECT d.id FROM deals AS d, org_members AS m WHERE m.user_id = $1 AND d.org_id = m.org_id "
                           "ORDER BY d.id LIMIT 1")}};
  }
  std::string user, token;
  std::map<std::string, std::string> ids;
};

TEST_F(Lists, TakeOneStatementAndOneRoundTripAndFitTheirSchemas) {
  const json::value document = server().get("/openapi.json").body;
  const auto lists = read_lists(document, ids);
  EXPECT_GE(lists.size(), 3u) << "the lists were not found";
  std::map<std::string, std::string> request_of;  // request id: target
  for (const List& list : lists) {
    for (const std::string& query : list.queries) {
      const std::string target = list.target + query;
      SCOPED_TRACE(target);
      const auto answer = server().get(target, token);
      ASSERT_EQ(answer.status, 200) << answer.raw.body;
      EXPECT_EQ(misfit(document, list.path, "get", answer), "") << answer.raw.body.substr(0, 500);
      request_of[answer.header("X-Request-Id")] = list.path + query;
    }
  }
  std::map<std::string, std::pair<int, int>> costs;
  ASSERT_TRUE(wait_until([&] {
    costs = read_costs(server().log_text());
    return std::all_of(request_of.begin(), request_of.end(),
                       [&](const auto& request) { return costs.contains(request.first); });
  }));
  for (const auto& [request, target] : request_of) {
    const auto other = statements_of_others.find(target);
    EXPECT_EQ(costs.at(request).first, other == statements_of_others.end() ? 1 : other->second) << target;
    EXPECT_EQ(costs.at(request).second, 1) << target;
  }
}

TEST_F(Lists, ShowEachRowOnceHoweverManyPages) {
  const json::value document = server().get("/openapi.json").body;
  int paged = 0;
  for (const List& list : read_lists(document, ids)) {
    for (const std::string& query : list.queries) {
      SCOPED_TRACE(list.target + query);
      std::vector<std::string> seen;
      const auto& parameters = document.at("paths").at(list.path).at("get").at("parameters").as_array();
      const auto has = [&](std::string_view name) {
        return std::any_of(parameters.begin(), parameters.end(), [&](const json::value& parameter) {
          return parameter.at("name").as_string() == json::string_view(name);
        });
      };
      if (!has("cursor"))
        continue;
      const std::string size = std::string(query.empty() ? "?" : "&") + (has("per_page") ? "per_page" : "limit") + "=";
      std::string cursor;
      for (int pages = 0; pages < 200; ++pages) {
        const auto answer =
            server().get(list.target + query + size + "7" + (cursor.empty() ? "" : "&cursor=" + cursor), token);
        ASSERT_EQ(answer.status, 200) << answer.raw.body;
        const auto page = ids_of(answer.body);
        seen.insert(seen.end(), page.begin(), page.end());
        const std::string link = answer.header("Link");
        const auto at = link.find("cursor=");
        if (at == std::string::npos)
          break;
        EXPECT_EQ(page.size(), 7u) << "a page that has a next one is full";
        cursor = link.substr(at + 7, link.find('>', at) - at - 7);
        ++paged;
      }
      EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size()) << "a row came twice";
      // All at once, in the same order.
      const auto whole = server().get(list.target + query + size + "100", token);
      ASSERT_EQ(whole.status, 200) << whole.raw.body;
      auto all = ids_of(whole.body);
      if (all.size() < 100) {
        EXPECT_EQ(seen, all);
      } else {
        seen.resize(std::min(seen.size(), all.size()));
        EXPECT_EQ(seen, all);
      }
    }
  }
  EXPECT_GT(paged, 20) << "nothing was paged";
}

}  // namespace
}  // namespace salesflow::test
