#include "platform/migrations/index_shape.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace salesflow::migrations {
namespace {

std::string trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return std::string(text);
}

/// Position behind the parenthesis that closes the one at `open`; the text's end when there is none.
std::size_t close_of(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> items;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i == list.size() || (list[i] == ',' && depth == 0)) {
      items.push_back(trimmed(list.substr(begin, i - begin)));
      begin = i + 1;
    } else {
      depth += list[i] == '(' ? 1 : list[i] == ')' ? -1 : 0;
    }
  }
  return items;
}

std::string plain_predicate(std::string text) {
  static const std::regex noise(R"([()\s]|::[a-z ]+)", std::regex::icase);
  text = std::regex_replace(text, noise, "");
  bool quoted = false;
  for (char& c : text) {
    quoted = quoted != (c == '\'');
    if (!quoted) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// True when rows outside of our predicate can be no answer of `found`.
bool predicate_covers(const IndexShape& ours, const IndexShape& found) {
  if (ours.predicate.empty() || ours.predicate == found.predicate) {
    return true;
  }
  return std::any_of(found.keys.begin() + 1, found.keys.end(),
                     [&](const std::string& key) { return ours.predicate == key + "isnotnull"; });
}

}  // namespace

IndexShape parse_index_shape(std::string_view definition) {
  IndexShape shape;
  const std::size_t open = definition.find('(');
  if (open == std::string_view::npos) {
    return shape;
  }
  std::string head = trimmed(definition.substr(0, open));
  if (const auto space = head.find_last_of(" \n"); space != std::string::npos) {
    head = head.substr(space + 1);
  }
  if (!head.empty()) {
    shape.method = head;
  }
  const std::size_t close = close_of(definition, open);
  static const std::regex direction(R"(\s+(ASC|DESC|NULLS\s+(FIRST|LAST))\b)", std::regex::icase);
  for (const auto& item : split_list(definition.substr(open + 1, close - open - 2))) {
    const std::string text = std::regex_replace(item, direction, "");
    const std::size_t end = text.starts_with("(") ? close_of(text, 0) : std::min(text.find_first_of(" ("), text.size());
    const bool call = end < text.size() && text[end] == '(';
    shape.keys.push_back(call ? text : text.substr(0, end));
    shape.options.push_back(call ? "" : trimmed(text.substr(end)));
  }
  std::string_view tail = definition.substr(close);
  static const std::regex include(R"(\bINCLUDE\s*\(([^)]*)\))", std::regex::icase),
      where(R"(\bWHERE\s+([\s\S]*)$)", std::regex::icase);
  std::cmatch match;
  if (std::regex_search(tail.begin(), tail.end(), match, include)) {
    shape.include = split_list(match[1].str());
  }
  if (std::regex_search(tail.begin(), tail.end(), match, where)) {
    shape.predicate = plain_predicate(match[1].str());
  }
  return shape;
}

bool answers_for(const IndexShape& ours, const IndexShape& found, const std::set<std::string>& filter_columns) {
  if (ours.method != "btree" || found.method != "btree" || found.keys.empty() || ours.keys.empty() ||
      !predicate_covers(ours, found)) {
    return false;
  }
  for (std::size_t i = 0; i < found.keys.size(); ++i) {
    const auto at = std::find(ours.keys.begin(), ours.keys.end(), found.keys[i]);
    if (at == ours.keys.end() || ours.options[static_cast<std::size_t>(at - ours.keys.begin())] != found.options[i]) {
      return false;
    }
  }
  const bool included = std::all_of(found.include.begin(), found.include.end(), [&](const std::string& column) {
    return contains(ours.keys, column) || contains(ours.include, column);
  });
  const bool leads = std::equal(found.keys.begin(), found.keys.end(), ours.keys.begin());
  const bool filters = found.keys[0] == ours.keys[0] &&
                       std::all_of(found.keys.begin() + 1, found.keys.end(),
                                   [&](const std::string& column) { return filter_columns.contains(column); });
  return included && (leads || filters);
}

}  // namespace salesflow::migrations
