#include "cmake/tools/sql_file.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace salesflow::sql_file {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw std::runtime_error(path + ": " + what);
}

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Type OIDs are fixed in pg_type.dat; those below 10,000 never change.
std::uint32_t oid_of(const std::string& path, const std::string& type) {
  static const std::map<std::string, std::uint32_t> oids{
      {"bool", 16},          {"bytea", 17},           {"int8", 20},        {"int2", 21},     {"int4", 23},
      {"text", 25},          {"json", 114},           {"float4", 700},     {"float8", 701},  {"date", 1082},
      {"timestamptz", 1184}, {"numeric", 1700},       {"uuid", 2950},      {"jsonb", 3802},  {"bool[]", 1000},
      {"bytea[]", 1001},     {"int2[]", 1005},        {"int4[]", 1007},    {"text[]", 1009}, {"int8[]", 1016},
      {"float8[]", 1022},    {"timestamptz[]", 1185}, {"numeric[]", 1231}, {"uuid[]", 2951}, {"jsonb[]", 3807},
      {"xid8", 5069},        {"pg_lsn", 3220}};
  const auto found = oids.find(type);
  if (found == oids.end())
    refuse(path, "unknown parameter type \"" + type + "\"");
  return found->second;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);)
    parts.push_back(trim(part));
  return parts;
}

std::vector<Parameter> parse_parameters(const std::string& path, const std::string& text) {
  std::vector<Parameter> parameters;
  if (text == "none")
    return parameters;
  for (const auto& part : split(text, '|')) {
    std::istringstream words(part);
    std::string number, name, type;
    words >> number >> name >> type;
    if (number != "$" + std::to_string(parameters.size() + 1) || type.empty()) {
      refuse(path, "params must read \"$1 name type | $2 …\", not \"" + part + "\"");
    }
    parameters.push_back({name, oid_of(path, type)});
  }
  return parameters;
}

int parse_timeout(const std::string& path, const std::string& text) {
  std::istringstream words(text);
  int value = 0;
  std::string unit;
  words >> value >> unit;
  if (value <= 0 || (unit != "ms" && unit != "s"))
    refuse(path, "timeout must read \"200 ms\" or \"5 s\"");
  return unit == "s" ? value * 1000 : value;
}

/// Replaces every /*name*/ by `text`; the count of replacements.
int replace_placeholder(std::string& body, const std::string& name, const std::string& text) {
  const std::string placeholder = "/*" + name + "*/";
  int count = 0;
  for (std::size_t at = 0; (at = body.find(placeholder, at)) != std::string::npos; at += text.size(), ++count) {
    body.replace(at, placeholder.size(), text);
  }
  return count;
}

/// Renumbers $k to be without gaps, in the order of the file's list.
Statement renumber(const File& file, std::string text) {
  Statement statement;
  std::set<unsigned> used;
  std::string out;
  for (const bool collect : {true, false}) {
    out.clear();
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\'')
        quoted = !quoted;
      if (!quoted && text[i] == '$' && i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1]))) {
        unsigned number = 0;
        while (i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1]))) {
          number = number * 10 + static_cast<unsigned>(text[++i] - '0');
        }
        if (number == 0 || number > file.parameters.size()) {
          refuse(file.path, "$" + std::to_string(number) + " is not in params");
        }
        if (collect) {
          used.insert(number);
        } else {
          const auto position = static_cast<unsigned>(std::distance(used.begin(), used.find(number))) + 1;
          out += "$" + std::to_string(position);
        }
      } else {
        out += text[i];
      }
    }
  }
  for (const unsigned number : used)
    statement.arguments.push_back(static_cast<std::uint8_t>(number - 1));
  statement.text = std::move(out);
  return statement;
}

/// Whether `condition` holds for a statement: "2+ filters" (so many optional fragments), or fragments joined by +.
bool fits(const std::string& condition, const Statement& statement) {
  if (const auto at = condition.find("+ filters"); at != std::string::npos)
    return std::popcount(statement.mask) >= std::stoi(condition.substr(0, at));
  const auto parts = split(statement.variant, '+'), wanted = split(condition, '+');
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& fragment) {
    return std::find(parts.begin(), parts.end(), fragment) != parts.end();
  });
}

/// What holds for a statement in place of what holds for all: that of the last condition that fits.
class Conditional {
 public:
  Conditional(const std::string& otherwise, const std::vector<Condition>& conditions)
      : otherwise_(otherwise), conditions_(conditions), used_(conditions.size(), false) {}

  const std::string& of(const Statement& statement) {
    const std::string* found = &otherwise_;
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
      if (!fits(conditions_[i].first, statement))
        continue;
      found = &conditions_[i].second;
      used_[i] = true;
    }
    return *found;
  }
  void refuse_unused(const File& file, const std::string& what) const {
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i])
        refuse(file.path, "no statement has the fragments of " + what + " \"" + conditions_[i].first + "\"");
    }
  }

 private:
  const std::string& otherwise_;
  const std::vector<Condition>& conditions_;
  std::vector<bool> used_;
};

/// now(), current_date and what else is another answer a moment later.
bool reads_clock(const std::string& text) {
  static const std::regex clock(
      R"(\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_(date|time|timestamp)|localtime|localtimestamp)\b)",
      std::regex::icase);
  return std::regex_search(text, clock);
}

/// An instant or a day that is no place in a list: its caller may have made it of the clock.
bool is_time(const Parameter& parameter) {
  return (parameter.type_oid == 1184 || parameter.type_oid == 1082) && !parameter.name.starts_with("cursor_") &&
         !parameter.name.starts_with("after_");
}

/// Of a read's statements those follow the clock that read it or are sent a time; all of them where none shows it,
/// since a function that they call reads it then.
void set_clock(const File& file, std::vector<Statement>& statements) {
  if (file.mode != "read")
    return;
  std::vector<bool> shows;
  for (const Statement& statement : statements) {
    shows.push_back(reads_clock(statement.text) ||
                    std::any_of(statement.arguments.begin(), statement.arguments.end(),
                                [&](auto argument) { return is_time(file.parameters[argument]); }));
  }
  const bool any = std::find(shows.begin(), shows.end(), true) != shows.end();
  if (any && file.clock.empty())
    refuse(file.path,
           "a read that asks for the time, or is sent one, must say \"clock: bounded\", \"clock: valid_until\" "
           "or \"clock: none: why\"");
  for (std::size_t i = 0; i < statements.size(); ++i)
    statements[i].clock = file.clock.starts_with("none") || (any && !shows[i]) ? "" : file.clock;
}

void set_sorts(const File& file, Statement& statement) {
  const auto colon = file.sorts.find("+ filters: ");
  if (colon == std::string::npos)
    statement.sorts = file.sorts;
  else if (fits(file.sorts.substr(0, colon + 9), statement))
    statement.sorts = trim(file.sorts.substr(colon + 10));
}

/// The choice's fragment and its words; each must have a placeholder.
void replace_choice(const File& file, std::string& text, const Fragment& choice) {
  if (!replace_placeholder(text, choice.group, choice.text))
    refuse(file.path, "no placeholder /*" + choice.group + "*/");
  for (const Word& word : choice.words) {
    if (!replace_placeholder(text, word.name, word.text))
      refuse(file.path, "no placeholder /*" + word.name + "*/");
  }
}

/// "rows message_events | days user_message_days"
std::vector<Word> parse_words(const std::string& path, const std::string& text) {
  std::vector<Word> words;
  for (const auto& part : split(text, '|')) {
    const auto space = part.find(' ');
    if (space == std::string::npos)
      refuse(path, "words must read \"group=name: word text | word text\"");
    words.push_back({part.substr(0, space), trim(part.substr(space))});
  }
  return words;
}

std::string quote(const std::string& text) {
  return "R\"sf(" + text + ")sf\"";
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items)
    text += (text.empty() ? "" : ", ") + item;
  return text;
}

/// "scope=user" → the choice, which stands above its words.
Fragment& choice_of(File& file, const std::string& title) {
  for (auto& group : file.choices) {
    for (Fragment& choice : group) {
      if (choice.group + "=" + choice.name == title)
        return choice;
    }
  }
  refuse(file.path, "words of \"" + title + "\", which is no choice above them");
}

}  // namespace

File parse(const std::string& path, const std::string& content) {
  File file;
  file.path = path;
  const auto slash = path.find_last_of('/');
  file.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  file.name = file.name.substr(0, file.name.rfind(".sql"));
  std::map<std::string, std::string> keys;
  std::string last_key;
  bool described = false, in_header = true;
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    if (in_header && line.rfind("--", 0) == 0) {
      const std::string text = trim(line.substr(2));
      const auto colon = text.find(':');
      const std::string key = colon == std::string::npos ? "" : text.substr(0, colon);
      static const std::set<std::string> known{
          "params", "variants", "choices", "words", "rows", "index",   "indexes", "mode", "reads", "writes", "timeout",
          "budget", "budgets",  "scope",   "note",  "cost", "hotspot", "sorts",   "plan", "place", "clock"};
      if (!known.contains(key)) {
        described = true;  // prose: purpose, or the continuation of a note
        if (last_key == "rows")
          keys["rows"] += " " + text;
        continue;
      }
      last_key = key;
      const std::string value = trim(text.substr(colon + 1));
      if (key == "variants" || key == "choices") {
        const auto second = value.find(':');
        if (second == std::string::npos)
          refuse(path, key + " must read \"name: fragment\"");
        Fragment fragment{"", trim(value.substr(0, second)), trim(value.substr(second + 1)), {}};
        if (key == "variants") {
          file.optional.push_back(std::move(fragment));
        } else {
          const auto equals = fragment.name.find('=');
          if (equals == std::string::npos)
            refuse(path, "choices must read \"group=name: fragment\"");
          fragment.group = fragment.name.substr(0, equals);
          fragment.name = fragment.name.substr(equals + 1);
          if (file.groups.empty() || file.groups.back() != fragment.group) {
            file.groups.push_back(fragment.group);
            file.choices.emplace_back();
          }
          file.choices.back().push_back(std::move(fragment));
        }
      } else if (key == "words" || key == "indexes" || key == "budgets") {
        const auto second = value.find(':');
        if (second == std::string::npos)
          refuse(path, key + " must read \"fragment+fragment: what holds with them\"");
        Condition condition{trim(value.substr(0, second)), trim(value.substr(second + 1))};
        if (key == "words")
          choice_of(file, condition.first).words = parse_words(path, condition.second);
        else
          (key == "indexes" ? file.indexes : file.budgets).push_back(std::move(condition));
      } else if (key != "note") {
        if (keys.contains(key))
          refuse(path, "header key \"" + key + "\" stands twice");
        keys[key] = value;
      }
    } else {
      in_header = false;
      file.body += line + "\n";
    }
  }
  if (!described)
    refuse(path, "the header must begin with a sentence on its purpose");
  for (const char* required : {"params", "rows", "index", "mode", "place", "timeout", "budget"}) {
    if (!keys.contains(required))
      refuse(path, std::string("the header lacks \"") + required + ":\"");
  }
  file.parameters = parse_parameters(path, keys["params"]);
  file.rows = keys["rows"];
  file.index = keys["index"];
  file.mode = keys["mode"];
  file.reads = keys["reads"];
  file.writes = keys["writes"];
  file.budget = keys["budget"];
  file.scope = keys["scope"];
  file.hotspot = keys["hotspot"];
  file.sorts = keys["sorts"];
  file.unplanned = keys["plan"];
  file.place = keys["place"];
  file.clock = keys["clock"];
  static const std::string none = "none: ";
  if (!file.clock.empty() && file.clock != "bounded" && file.clock != "valid_until" &&
      !(file.clock.starts_with(none) && file.clock.size() > none.size() + 10))
    refuse(path, "clock must read bounded, valid_until or \"none: why\"");
  static const std::set<std::string> places{"user", "org", "accounts", "mixed", "none"};
  if (!places.contains(file.place))
    refuse(path, "place must be user, org, accounts, mixed or none");
  if (!file.unplanned.empty() && (!file.unplanned.starts_with("none, because ") || file.unplanned.size() < 24))
    refuse(path, "plan must read \"none, because …\"");
  file.timeout_ms = parse_timeout(path, keys["timeout"]);
  if (file.mode != "read" && file.mode != "write")
    refuse(path, "mode must be read or write");
  if (file.mode == "write" && file.writes.empty())
    refuse(path, "a write must name its tables in \"writes:\"");
  if (file.mode == "read" && file.reads.empty())
    refuse(path, "a read must name its tables in \"reads:\" (none is a word)");
  file.body = trim(file.body);
  if (!file.body.empty() && file.body.back() == ';')
    file.body = trim(file.body.substr(0, file.body.size() - 1));
  if (file.body.empty())
    refuse(path, "there is no statement");
  if (file.body.find(';') != std::string::npos)
    refuse(path, "one statement a file");
  if (file.optional.size() > 6)
    refuse(path, "more than six optional fragments make too many statements");
  return file;
}

std::vector<Statement> expand(const File& file) {
  std::vector<Statement> statements;
  std::set<unsigned> used;
  std::vector<unsigned> taken(file.groups.size(), 0);
  Conditional index(file.index, file.indexes), budget(file.budget, file.budgets);
  for (bool more = true; more;) {
    for (unsigned mask = 0; mask < 1U << file.optional.size(); ++mask) {
      std::string text = file.body, variant;
      for (std::size_t g = 0; g < file.groups.size(); ++g) {
        const Fragment& choice = file.choices[g][taken[g]];
        replace_choice(file, text, choice);
        variant += (variant.empty() ? "" : "+") + choice.group + "=" + choice.name;
      }
      for (std::size_t i = 0; i < file.optional.size(); ++i) {
        const bool in = mask & 1U << i;
        if (!replace_placeholder(text, file.optional[i].name, in ? file.optional[i].text : "")) {
          refuse(file.path, "no placeholder /*" + file.optional[i].name + "*/");
        }
        if (in)
          variant += (variant.empty() ? "" : "+") + file.optional[i].name;
      }
      if (const auto left = text.find("/*"); left != std::string::npos) {
        refuse(file.path, "placeholder without fragment: " + text.substr(left, 40));
      }
      Statement statement = renumber(file, std::move(text));
      statement.variant = std::move(variant);
      statement.mask = mask;
      statement.index = index.of(statement);
      statement.budget = budget.of(statement);
      set_sorts(file, statement);
      statement.choices = taken;
      used.insert(statement.arguments.begin(), statement.arguments.end());
      statements.push_back(std::move(statement));
    }
    more = false;
    for (std::size_t g = taken.size(); g-- > 0;) {
      if (++taken[g] < file.choices[g].size()) {
        more = true;
        break;
      }
      taken[g] = 0;
    }
  }
  if (used.size() != file.parameters.size())
    refuse(file.path, "a parameter in params is used by no statement");
  index.refuse_unused(file, "indexes");
  budget.refuse_unused(file, "budget");
  set_clock(file, statements);
  return statements;
}

std::string to_header(const std::string& room_name, const std::vector<File>& files) {
  std::ostringstream out;
  out << "// Made from sql/*.sql by sql_to_header; do not edit.\n#pragma once\n\n#include <array>\n\n"
         "#include \"platform/core/catalogue.hpp\"\n\nnamespace salesflow::"
      << room_name << "::sql {\n";
  std::vector<std::string> all;
  for (const File& file : files) {
    const auto statements = expand(file);
    const bool family = statements.size() > 1;
    std::vector<std::string> names;
    for (const auto& parameter : file.parameters)
      names.push_back("\"" + parameter.name + "\"");
    out << "\nnamespace " << file.name << "_detail {\n"
        << "inline constexpr std::array<std::string_view, " << names.size() << "> parameters{" << list_of(names)
        << "};\ninline constexpr std::string_view hotspot = " << quote(file.hotspot)
        << ", unplanned = " << quote(file.unplanned) << ";\n";
    for (std::size_t i = 0; i < statements.size(); ++i) {
      std::vector<std::string> arguments, types;
      for (const auto argument : statements[i].arguments) {
        arguments.push_back(std::to_string(argument));
        types.push_back(std::to_string(file.parameters[argument].type_oid));
      }
      const auto count = std::to_string(arguments.size());
      out << "inline constexpr std::array<std::uint8_t, " << count << "> arguments_" << i << "{" << list_of(arguments)
          << "};\n"
          << "inline constexpr std::array<std::uint32_t, " << count << "> types_" << i << "{" << list_of(types)
          << "};\n";
    }
    out << "inline constexpr std::array<Query, " << statements.size() << "> queries{{\n";
    for (std::size_t i = 0; i < statements.size(); ++i) {
      out << "    {\"" << room_name << "." << file.name << "\", \"" << statements[i].variant << "\",\n     "
          << quote(statements[i].text) << ",\n     " << file.name << "_detail::arguments_" << i << ", " << file.name
          << "_detail::types_" << i << ", " << file.parameters.size() << ", QueryMode::" << file.mode
          << ", std::chrono::milliseconds(" << file.timeout_ms << "),\n     \"" << statements[i].index << "\", \""
          << statements[i].budget << "\", \"" << file.reads << "\", \"" << file.writes << "\", \""
          << statements[i].clock << "\", \"" << file.path << "\"},\n";
      all.push_back("{&" + file.name + "_detail::queries[" + std::to_string(i) + "], " + file.name +
                    "_detail::parameters, " + file.name + "_detail::hotspot, " + quote(statements[i].sorts) + ", " +
                    file.name + "_detail::unplanned}");
    }
    out << "}};\n}  // namespace " << file.name << "_detail\n";
    if (!family) {
      out << "inline constexpr const Query& " << file.name << " = " << file.name << "_detail::queries[0];\n";
      continue;
    }
    // A family: sql::list_events::pick(sql::list_events::status | …, sort)
    out << "struct " << file.name << " {\n";
    if (!file.optional.empty()) {
      out << "  enum Optional : unsigned {";
      for (std::size_t i = 0; i < file.optional.size(); ++i) {
        out << (i ? ", " : " ") << file.optional[i].name << " = " << (1U << i);
      }
      out << " };\n";
    }
    std::string signature = "unsigned optional_mask", position = "0";
    for (std::size_t g = 0; g < file.groups.size(); ++g) {
      std::string type = file.groups[g];
      type[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(type[0])));
      out << "  enum class " << type << " : unsigned {";
      for (std::size_t i = 0; i < file.choices[g].size(); ++i)
        out << (i ? ", " : " ") << file.choices[g][i].name;
      out << " };\n";
      signature += ", " + type + " " + file.groups[g];
      position = "(" + position + ") * " + std::to_string(file.choices[g].size()) + " + static_cast<unsigned>(" +
                 file.groups[g] + ")";
    }
    out << "  /// The statement with these optional fragments" << (file.groups.empty() ? "" : " and choices") << ".\n"
        << "  static constexpr const Query& pick(" << signature << ") {\n    return " << file.name
        << "_detail::queries[(" << position << ") * " << (1U << file.optional.size())
        << " + optional_mask];\n  }\n};\n";
  }
  out << "\n/// Every statement of this room, for the plan test and `salesflow explain`.\n"
      << "inline constexpr std::array<CatalogueEntry, " << all.size() << "> catalogue{{" << list_of(all)
      << "}};\n\n}  // namespace salesflow::" << room_name << "::sql\n";
  return out.str();
}

std::string to_rows_header(const std::string& room_name, const std::vector<File>& files) {
  std::ostringstream out;
  out << "// Made from sql/*.sql by sql_to_header; do not edit.\n#pragma once\n\n"
         "#include \"platform/core/catalogue_rows.hpp\"\n\nnamespace salesflow::"
      << room_name << "::sql {\n\ninline constexpr StatementRows statement_rows[] = {\n";
  for (const File& file : files)
    out << "    {\"" << room_name << "." << file.name << "\", " << quote(file.rows) << ", \"" << file.place << "\"},\n";
  out << "};\n\n}  // namespace salesflow::" << room_name << "::sql\n";
  return out.str();
}

}  // namespace salesflow::sql_file
