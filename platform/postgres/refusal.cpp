#include "platform/postgres/refusal.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <set>

#include "platform/postgres/request.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

/// The number behind `before` in a message; -1 when there is none.
int number_after(std::string_view message, std::string_view before) {
  const auto at = message.find(before);
  if (at == std::string_view::npos)
    return -1;
  int number = -1;
  const char* const begin = message.data() + at + before.size();
  std::from_chars(begin, message.data() + message.size(), number);
  return number;
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Names of members whose text is longer than `length_max`.
void collect_long(const boost::json::value& value, std::size_t length_max, std::set<std::string>& names) {
  if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      if (const auto* text = member.if_string(); text && characters_of({text->data(), text->size()}) > length_max)
        names.emplace(name);
    }
  } else if (const auto* array = value.if_array()) {
    for (const auto& item : *array)
      collect_long(item, length_max, names);
  }
}

bool has_word(std::string_view text, std::string_view word) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end])))
      return true;
  }
  return false;
}

template <class Keep>
void keep_if_any(std::vector<std::string>& columns, Keep keep) {
  std::vector<std::string> kept;
  std::copy_if(columns.begin(), columns.end(), std::back_inserter(kept), keep);
  if (!kept.empty())
    columns = std::move(kept);
}

}  // namespace

Refusal refusal_of(const Query* query, const ServerError& refused, const Error& error) {
  Refusal refusal;
  if (!query || !error.errors.empty() || query->mode != QueryMode::write ||
      (error.code != Errc::invalid_argument && error.code != Errc::conflict))
    return refusal;
  const auto sqlstate = refused[ServerError::sqlstate];
  refusal.constraint = refused[ServerError::constraint];
  if (sqlstate == "22001") {
    const auto message = refused[ServerError::message];
    const int length = std::max(number_after(message, "varying("), number_after(message, "character("));
    refusal.length_max = length > 0 ? static_cast<std::size_t>(length) : 0;
    refusal.type_modifier = length > 0 ? length + 4 : 0;
  } else if (sqlstate == "22003") {
    const auto detail = refused[ServerError::detail];
    const int precision = number_after(detail, "precision "), scale = number_after(detail, "scale ");
    refusal.type_modifier = precision > 0 && scale >= 0 ? (precision << 16 | scale) + 4 : 0;
  }
  if (!refusal.constraint.empty() || refusal.type_modifier > 0)
    refusal.query = query;
  return refusal;
}

Params refused_columns_params(const Refusal& refusal) {
  std::vector<std::string> tables;
  std::string_view rest = refusal.query->writes;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    auto name = rest.substr(0, end);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    tables.emplace_back(name);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  Params params;
  params.add(tables);
  params.add(refusal.constraint);
  params.add(refusal.type_modifier);
  return std::move(params).select(sql::learn_refused_columns);
}

void name_fields(Error& error, const Refusal& refusal, const BoundQuery& sent, std::vector<std::string> columns) {
  if (refusal.length_max > 0) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < sent.params.size(); ++i) {
      std::string_view text(sent.params.value(i),
                            sent.params.value(i) ? static_cast<std::size_t>(sent.params.length(i)) : 0);
      if (!text.empty() && text.front() == '\1')
        text.remove_prefix(1);  // jsonb's version
      boost::system::error_code broken;
      if (!text.empty() && (text.front() == '{' || text.front() == '['))
        collect_long(boost::json::parse(text, broken), refusal.length_max, names);
    }
    keep_if_any(columns, [&](const std::string& column) { return names.contains(column); });
    error.public_detail = "At most " + std::to_string(refusal.length_max) + " characters";
  }
  keep_if_any(columns, [&](const std::string& column) { return has_word(refusal.query->text, column); });
  for (std::string& column : columns)
    error.errors.push_back({std::move(column), error.public_detail});
}

}  // namespace salesflow::postgres
