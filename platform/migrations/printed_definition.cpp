#include "platform/migrations/printed_definition.hpp"

#include <algorithm>
#include <vector>

namespace salesflow::migrations {
namespace {

constexpr std::size_t depth_max = 500;  // deeper ones stay as they are

/// Behind the constant or quoted name that begins at `at`; doubled quotes are two of them.
std::size_t behind_quoted(std::string_view text, std::size_t at) {
  const auto end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? text.size() : end + 1;
}

/// Of an ARRAY's items, from `at` on: 'constant'::character varying, …; where they end, or npos when one is another.
std::size_t read_constants(std::string_view text, std::size_t at, std::vector<std::string_view>& items) {
  constexpr std::string_view cast = "::character varying";
  for (;;) {
    const auto begin = at;
    while (at < text.size() && text[at] == '\'')
      at = behind_quoted(text, at);
    if (at == begin || !text.substr(at).starts_with(cast))
      return std::string_view::npos;
    at += cast.size();
    items.push_back(text.substr(begin, at - begin));
    if (!text.substr(at).starts_with(", "))
      return at;
    at += 2;
  }
}

/// Casts of whole arrays as casts of their items.
std::string cast_items(std::string_view text) {
  constexpr std::string_view opening = "(ARRAY[", closing = "])::text[]";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::vector<std::string_view> items;
    std::size_t end = std::string_view::npos;
    if (text.substr(at).starts_with(opening))
      end = read_constants(text, at + opening.size(), items);
    if (end != std::string_view::npos && text.substr(end).starts_with(closing)) {
      out += "ARRAY[";
      for (const auto item : items)
        out.append(item == items.front() ? "(" : ", (").append(item).append(")::text");
      out += "]";
      at = end + closing.size();
    } else if (text[at] == '\'' || text[at] == '"') {
      end = behind_quoted(text, at);
      out += text.substr(at, end - at);
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

/// One pair of parentheses: its text, and which operator joins what stands in it.
struct Group {
  std::string text;
  std::string_view joined_by;        // " OR ", " AND ", or "" for anything else
  std::string_view first_joined_by;  // of the group that it begins with
  std::size_t first_size = 0;        // of that group, with its parentheses; 0: it begins with something else
};

/// The group's end: takes the parentheses off a first part that the same operator joins.
void flatten(Group& group) {
  if (group.first_size == 0 || group.joined_by.empty() || group.first_joined_by != group.joined_by ||
      !std::string_view(group.text).substr(group.first_size).starts_with(group.joined_by))
    return;
  group.text.erase(group.first_size - 1, 1).erase(0, 1);
}

}  // namespace

std::string as_restored(std::string_view definition) {
  const std::string text = cast_items(definition);
  std::vector<Group> open(1);
  for (std::size_t at = 0; at < text.size();) {
    Group& group = open.back();
    const std::string_view rest = std::string_view(text).substr(at);
    if (text[at] == '\'' || text[at] == '"') {
      const auto end = behind_quoted(text, at);
      group.text.append(text, at, end - at);
      at = end;
    } else if (text[at] == '(') {
      if (open.size() > depth_max)
        return text;
      open.emplace_back();
      ++at;
    } else if (text[at] == ')' && open.size() > 1) {
      flatten(group);
      const Group inner = std::move(group);
      open.pop_back();
      Group& outer = open.back();
      if (outer.text.empty()) {
        outer.first_joined_by = inner.joined_by;
        outer.first_size = inner.text.size() + 2;
      }
      outer.text.append("(").append(inner.text).append(")");
      ++at;
    } else {
      for (const std::string_view word : {" OR ", " AND "}) {
        if (group.joined_by.empty() && rest.starts_with(word))
          group.joined_by = word;
      }
      group.text += text[at++];
    }
  }
  return open.size() == 1 ? open.front().text : text;
}

}  // namespace salesflow::migrations
