#include "platform/migrations/sql_tokens.hpp"

#include <algorithm>
#include <cctype>

namespace salesflow::migrations {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '"' || (c & 0x80) != 0;
}

/// Position behind "$tag$ … $tag$" at `at`, or `at` when there is none.
std::size_t behind_body(std::string_view sql, std::size_t at) {
  std::size_t end = at + 1;
  while (end < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[end])) || sql[end] == '_'))
    ++end;
  if (end >= sql.size() || sql[end] != '$' || std::isdigit(static_cast<unsigned char>(sql[at + 1]))) {
    return at;
  }
  const auto tag = sql.substr(at, end - at + 1);
  const auto close = sql.find(tag, end + 1);
  return close == std::string_view::npos ? sql.size() : close + tag.size();
}

/// Position behind what is no code at `at`: a comment, a constant, a body; `at` when it is code.
std::size_t behind_no_code(std::string_view sql, std::size_t at) {
  const auto pair = sql.substr(at, 2);
  if (pair == "--") {
    return std::min(sql.find('\n', at), sql.size());
  }
  if (pair == "/*") {
    const auto close = sql.find("*/", at + 2);
    return close == std::string_view::npos ? sql.size() : close + 2;
  }
  if (sql[at] == '\'') {
    const auto close = sql.find('\'', at + 1);
    return close == std::string_view::npos ? sql.size() : close + 1;
  }
  return sql[at] == '$' ? behind_body(sql, at) : at;
}

}  // namespace

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  int line = 1;
  for (std::size_t i = 0; i < sql.size();) {
    if (const std::size_t end = behind_no_code(sql, i); end > i) {
      line += static_cast<int>(std::count(sql.begin() + static_cast<std::ptrdiff_t>(i),
                                          sql.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      i = end;
    } else if (is_word(sql[i])) {
      std::string word;
      for (; i < sql.size() && is_word(sql[i]); ++i) {
        if (sql[i] != '"')
          word += static_cast<char>(std::toupper(static_cast<unsigned char>(sql[i])));
      }
      tokens.push_back({std::move(word), line});
    } else {
      if (sql[i] == '\n')
        ++line;
      if (!std::isspace(static_cast<unsigned char>(sql[i])))
        tokens.push_back({std::string(1, sql[i]), line});
      ++i;
    }
  }
  return tokens;
}

std::string body_of_do(std::string_view statement) {
  const auto tokens = tokens_of(statement);
  if (tokens.empty() || tokens[0].text != "DO") {
    return {};
  }
  const auto open = statement.find('$');
  if (open == std::string_view::npos) {
    return {};
  }
  const auto tag = statement.substr(open, statement.find('$', open + 1) - open + 1);
  const auto close = statement.find(tag, open + tag.size());
  const auto lines = std::count(statement.begin(), statement.begin() + static_cast<std::ptrdiff_t>(open), '\n');
  return std::string(static_cast<std::size_t>(lines), '\n') +
         std::string(statement.substr(open + tag.size(), close - open - tag.size()));
}

}  // namespace salesflow::migrations
