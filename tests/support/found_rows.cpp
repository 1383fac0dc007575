#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "build_paths.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {
namespace {

constexpr int users = 8;

/// What found_rows.txt says of one table.
struct RowFacts {
  std::string rows, condition;
  std::map<std::string, std::string> expressions;  // by column, or column/family
};

std::map<std::string, RowFacts> read_rows() {
  std::ifstream file(SALESFLOW_SOURCE_DIR "/tests/support/found_rows.txt");
  std::map<std::string, RowFacts> tables;
  RowFacts* table = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#')
      continue;
    if (line.front() == '[') {
      const auto end = line.find(']');
      table = &tables[line.substr(1, end - 1)];
      const std::string rest = line.substr(end + 2);
      const auto where = rest.find(" where ");
      table->rows = rest.substr(0, where);
      table->condition = where == std::string::npos ? "true" : rest.substr(where + 7);
      continue;
    }
    const auto name_end = line.find(' ');
    table->expressions[line.substr(0, name_end)] = line.substr(line.find_first_not_of(' ', name_end));
  }
  if (tables.size() < 20)
    throw std::runtime_error("found_rows.txt cannot be read");
  return tables;
}

std::string family_of(const std::string& type) {
  if (type.ends_with("[]") || type == "vector")
    return "list";
  if (type.starts_with("text") || type.starts_with("varchar"))
    return "text";
  if (type.starts_with("jsonb"))
    return "json";
  if (type.starts_with("timestamp"))
    return "time";
  if (type == "time" || type == "date" || type == "boolean" || type == "uuid")
    return type == "time" ? "clock" : type;
  return "number";
}

std::string usual_value(const std::string& name, const std::string& family) {
  static const std::map<std::string, std::string> values{{"list", "'{}'"},
                                                         {"json", "'{}'"},
                                                         {"time", "now() - i * interval '1 hour'"},
                                                         {"date", "current_date - i % 300"},
                                                         {"clock", "time '09:30'"},
                                                         {"boolean", "i % 2 = 0"},
                                                         {"number", "i % 100"}};
  if (family == "uuid")
    return fmt::format("md5('{}' || i)::uuid", name);
  if (family == "text")
    return fmt::format("'{} ' || i % 1000", name.substr(0, 4));
  return values.at(family);
}

const std::map<std::string_view, int> kinds{{"user", 0},  {"lead", 10}, {"contact", 20},     {"deal", 30},
                                            {"task", 40}, {"org", 90},  {"conversation", 50}};

std::string id_text(int kind, int i) {
  return fmt::format("{:08}-0000-4000-8000-{:012}", kind, i);
}

std::string id_sql(int kind, const std::string& i) {
  return fmt::format("('{:08}-0000-4000-8000-' || lpad(({})::text, 12, '0'))::uuid", kind, i);
}

/// @lead and its like, and what they stand for; longer names first.
std::vector<std::pair<std::string, std::string>> macros(const FoundSizes& sizes) {
  const auto of = [](std::string_view kind, int rows) { return id_sql(kinds.at(kind), fmt::format("i % {}", rows)); };
  return {{"@conversation", of("conversation", sizes.conversations)},
          {"@contact", of("contact", sizes.contacts)},
          {"@person", id_sql(0, "i")},
          {"@other_org", id_sql(90, "(i % 8 + 1) % 3 + 1")},
          {"@lead", of("lead", sizes.leads)},
          {"@deal", of("deal", sizes.deals)},
          {"@task", of("task", sizes.tasks)},
          {"@user", id_sql(0, "i % 8 + 1")},
          {"@org", id_sql(90, "i % 8 % 3 + 1")}};
}

std::string expand(std::string text, const std::vector<std::pair<std::string, std::string>>& macros) {
  for (const auto& [name, value] : macros) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
      text.replace(at, name.size(), value);
  }
  return text;
}

/// Enough for a NULL in every column that may hold one, in rows of their own behind the first of each user.
int rows_of(const FoundShape& shape, const FoundTable& table, int wanted) {
  int nullable = 0;
  for (const auto& [name, form] : shape.columns_of(table))
    nullable += form.not_null ? 0 : 1;
  const int least = nullable + users + 1;
  return (std::max(wanted, least) + users - 1) / users * users;
}

int FoundSizes::*size_named(const std::string& name) {
  static const std::map<std::string, int FoundSizes::*> sizes{
      {"events", &FoundSizes::events},         {"leads", &FoundSizes::leads},
      {"satellites", &FoundSizes::satellites}, {"contacts", &FoundSizes::contacts},
      {"deals", &FoundSizes::deals},           {"tasks", &FoundSizes::tasks},
      {"notes", &FoundSizes::notes},           {"conversations", &FoundSizes::conversations},
      {"messages", &FoundSizes::messages}};
  const auto found = sizes.find(name);
  return found == sizes.end() ? nullptr : found->second;
}

std::string insert_rows(const FoundShape& shape, const FoundTable& table, const RowFacts& facts,
                        const FoundSizes& sizes) {
  const auto size = size_named(facts.rows);
  const int rows = rows_of(shape, table, size ? sizes.*size : std::stoi(facts.rows));
  const auto id = facts.expressions.find("id");
  const bool of_persons = id != facts.expressions.end() && id->second == "@person";
  const auto columns = shape.columns_of(table);
  int nullable = 0;
  for (const auto& [name, form] : columns)
    nullable += form.not_null ? 0 : 1;
  const int period = nullable + users + 1;
  const std::string first = of_persons ? "i > 12 AND " : "";
  int nth = users;
  std::string names, values;
  for (const auto& [name, form] : columns) {
    if (!form.generated.empty())
      continue;
    const std::string family = family_of(form.type);
    auto found = facts.expressions.find(name + "/" + family);
    if (found == facts.expressions.end())
      found = facts.expressions.find(name);
    const bool keeps_default = name == "id" && found == facts.expressions.end();
    if (keeps_default && !form.standard.empty())
      continue;
    std::string value =
        found == facts.expressions.end() ? usual_value(name, family) : expand(found->second, macros(sizes));
    value = fmt::format("({})::{}", value, form.type);
    if (!form.not_null) {
      // A row with nothing in it but its tenant, and one without each.
      const bool is_tenant = name == "user_id" || name == "org_id" || name == "lead_id" || name == "owner_id";
      value = fmt::format("CASE WHEN {}(i % {} = {}{}) THEN NULL ELSE {} END", first, period, nth,
                          is_tenant ? "" : fmt::format(" OR i % {} = {}", period, period - 1), value);
      ++nth;
    }
    names += (names.empty() ? "" : ", ") + name;
    values += (values.empty() ? "" : ",\n  ") + value;
  }
  return fmt::format("INSERT INTO {} ({})\nSELECT {}\nFROM generate_series({}, {}) AS i WHERE {};\n", table.name, names,
                     values, of_persons ? 1 : 0, rows - 1, facts.condition);
}

}  // namespace

Uuid found_user(int number) {
  return *Uuid::parse(id_text(0, number));
}

std::string found_email(int number) {
  return fmt::format("user{}@found.example", number);
}

Uuid found_org(int user_number) {
  return *Uuid::parse(id_text(90, (user_number - 1) % 3 + 1));
}

Uuid found_id(std::string_view kind, int user_number, int i) {
  return *Uuid::parse(id_text(kinds.at(kind), user_number - 1 + users * i));
}

std::string found_rows_sql(const FoundShape& shape, const FoundSizes& wanted) {
  const auto facts = read_rows();
  FoundSizes sizes = wanted;
  for (const auto& table : found_tables()) {
    if (const auto size = size_named(facts.at(table.name).rows); size && table.name != "message_events")
      sizes.*size = rows_of(shape, table, sizes.*size);
  }
  std::string sql = "SET session_replication_role = replica;\n";
  for (const auto& table : found_tables()) {
    if (shape.has(table.name))
      sql += insert_rows(shape, table, facts.at(table.name), sizes);
  }
  return sql + "SET session_replication_role = origin;\nANALYZE";
}

}  // namespace salesflow::test
