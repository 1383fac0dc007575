#include "tests/support/found_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "build_paths.hpp"

namespace salesflow::test {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// "varchar(30)! = 'NEW'", "numeric generated a * b", "-".
FoundForm parse_form(std::string text) {
  FoundForm form;
  text = trimmed(text);
  if (text == "-")
    return form;
  if (const auto at = text.find(" = "); at != std::string::npos) {
    form.standard = trimmed(text.substr(at + 3));
    text = text.substr(0, at);
  }
  if (const auto at = text.find(" generated "); at != std::string::npos) {
    form.generated = text.substr(at + 11);
    text = text.substr(0, at);
  }
  form.not_null = text.ends_with('!');
  form.type = text.substr(0, text.size() - (form.not_null ? 1 : 0));
  return form;
}

FoundColumn parse_column(const std::string& line) {
  const auto end = line.find(' ');
  FoundColumn column;
  column.name = line.substr(0, end);
  const std::string forms = line.substr(end);
  for (std::size_t from = 0; from < forms.size();) {
    const auto to = std::min(forms.find(';', from), forms.size());
    const std::string text = trimmed(forms.substr(from, to - from));
    if (from == 0) {
      column.a = column.b = parse_form(text);
    } else if (text.starts_with("B ")) {
      column.b = parse_form(text.substr(2));
    } else {
      column.others.push_back(parse_form(text.substr(text.find(' '))));
      column.others.back().is_rare = text.starts_with("rare ");
    }
    from = to + 1;
  }
  return column;
}

std::vector<FoundTable> read_tables() {
  std::ifstream file(SALESFLOW_SOURCE_DIR "/tests/support/found_tables.txt");
  std::vector<FoundTable> tables;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#')
      continue;
    if (line.front() == '[')
      tables.push_back({line.substr(1, line.size() - 2), {}});
    else
      tables.back().columns.push_back(parse_column(line));
  }
  if (tables.size() < 20)
    throw std::runtime_error("found_tables.txt cannot be read");
  return tables;
}

/// Without these the product that exists could not have worked.
bool is_needed(const std::string& table, const std::string& column) {
  static const std::set<std::string> needed{
      "id",     "user_id",    "lead_id", "contact_id",      "org_id", "email", "name",        "title",
      "status", "created_at", "p_score", "conversation_id", "value",  "stage", "probability", "autopilot_status"};
  return needed.contains(column) || table == "auth.users";
}

}  // namespace

const std::vector<FoundTable>& found_tables() {
  static const std::vector<FoundTable> tables = read_tables();
  return tables;
}

FoundShape FoundShape::with(const std::string& column, const std::string& type) const {
  FoundShape shape = *this;
  FoundForm form;
  form.type = type;
  shape.changed[column] = form;
  return shape;
}

bool FoundShape::has(const std::string& table) const {
  return !absent_tables.contains(table);
}

std::vector<std::pair<std::string, FoundForm>> FoundShape::columns_of(const FoundTable& table) const {
  std::vector<std::pair<std::string, FoundForm>> columns;
  if (!has(table.name))
    return columns;
  for (const auto& column : table.columns) {
    const auto other = changed.find(table.name + "." + column.name);
    const FoundForm& form = other != changed.end() ? other->second : history == History::a ? column.a : column.b;
    if (!form.type.empty())
      columns.emplace_back(column.name, form);
  }
  return columns;
}

std::optional<FoundForm> FoundShape::form_of(const std::string& table, const std::string& column) const {
  for (const auto& facts : found_tables()) {
    if (facts.name != table)
      continue;
    for (const auto& [name, form] : columns_of(facts)) {
      if (name == column)
        return form;
    }
  }
  return std::nullopt;
}

std::string FoundShape::describe() const {
  std::string text = fmt::format("history {}, {} owner, seed {}", history == History::a ? "A" : "B",
                                 owner == FoundOwner::superuser ? "superuser" : "restricted", seed);
  for (const auto& table : absent_tables)
    text += ", no table " + table;
  for (const auto& [column, form] : changed)
    text += fmt::format(", {} {}{}{}", column, form.type.empty() ? "absent" : form.type, form.not_null ? "!" : "",
                        form.standard.empty() ? "" : " = " + form.standard);
  return text;
}

bool has_all(const FoundShape& shape, const std::string& needs) {
  std::istringstream words(needs);
  for (std::string word; words >> word;) {
    const auto dot = word.find('.');
    const bool there =
        dot == std::string::npos ? shape.has(word) : !!shape.form_of(word.substr(0, dot), word.substr(dot + 1));
    if (!there)
      return false;
  }
  return true;
}

FoundShape random_found_shape(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto one_in = [&random](std::uint64_t n) { return random() % n == 0; };
  FoundShape shape;
  shape.seed = seed;
  shape.history = one_in(2) ? History::a : History::b;
  shape.owner = one_in(2) ? FoundOwner::superuser : FoundOwner::restricted;
  for (const char* table :
       {"message_queue", "lead_tasks", "inbox_drafts", "tasks", "profiles", "dm_sequence_templates"})
    if (one_in(6))
      shape.absent_tables.insert(table);
  for (const auto& table : found_tables()) {
    for (const auto& column : table.columns) {
      const FoundForm& own = shape.history == History::a ? column.a : column.b;
      std::vector<FoundForm> forms{column.a, column.b};
      std::copy_if(column.others.begin(), column.others.end(), std::back_inserter(forms),
                   [](const FoundForm& form) { return !form.is_rare; });
      FoundForm form = one_in(2) ? own : forms[random() % forms.size()];
      const bool may_go = !is_needed(table.name, column.name) && form.generated.empty() && !form.not_null;
      if (may_go && one_in(12))
        form = {};
      // Tables that were made in a console have fewer defaults than the migrations say.
      if (column.name != "id" && one_in(8) && !form.not_null)
        form.standard.clear();
      if (form.type != own.type || form.not_null != own.not_null || form.standard != own.standard)
        shape.changed[table.name + "." + column.name] = form;
    }
  }
  return shape;
}

}  // namespace salesflow::test
