#include "platform/migrations/sql_splitter.hpp"

#include <algorithm>
#include <cctype>

namespace salesflow::migrations {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

/// Length of "$tag$" at `at`, 0 when there is none ($1 is a parameter, a$b$ is part of a name).
std::size_t dollar_tag_length(std::string_view sql, std::size_t at) {
  if (at > 0 && is_word(sql[at - 1])) {
    return 0;
  }
  std::size_t end = at + 1;
  while (end < sql.size() && is_word(sql[end])) {
    ++end;
  }
  const bool parameter = end > at + 1 && std::isdigit(static_cast<unsigned char>(sql[at + 1]));
  return end < sql.size() && sql[end] == '$' && !parameter ? end - at + 1 : 0;
}

/// Position after the quoted text that begins at `at` with `quote`; a doubled quote is part of it.
std::size_t skip_quoted(std::string_view sql, std::size_t at, char quote, bool backslash) {
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (backslash && sql[i] == '\\') {
      ++i;
    } else if (sql[i] == quote) {
      if (i + 1 < sql.size() && sql[i + 1] == quote) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return sql.size();
}

std::size_t skip_block_comment(std::string_view sql, std::size_t at) {
  int depth = 1;
  std::size_t i = at + 2;
  while (i < sql.size() && depth > 0) {
    const auto pair = sql.substr(i, 2);
    if (pair == "/*" || pair == "*/") {
      depth += pair == "/*" ? 1 : -1;
      i += 2;
    } else {
      ++i;
    }
  }
  return i;
}

}  // namespace

std::vector<Statement> split_statements(std::string_view sql) {
  std::vector<Statement> statements;
  std::size_t begin = std::string_view::npos;  // of the statement's first real character
  std::size_t end = 0;                         // after its last real character
  auto finish = [&] {
    if (begin != std::string_view::npos) {
      const int line =
          1 + static_cast<int>(std::count(sql.begin(), sql.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
      statements.push_back({std::string(sql.substr(begin, end - begin)), line});
    }
    begin = std::string_view::npos;
  };
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    const auto pair = sql.substr(i, 2);
    if (pair == "--") {
      i = std::min(sql.find('\n', i), sql.size());
      continue;
    }
    if (pair == "/*") {
      i = skip_block_comment(sql, i);
      continue;
    }
    if (c == ';') {
      finish();
      ++i;
      continue;
    }
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++i;
      continue;
    }
    if (begin == std::string_view::npos) {
      begin = i;
    }
    if (c == '\'') {
      const bool escapes = i > 0 && (sql[i - 1] == 'E' || sql[i - 1] == 'e') && (i < 2 || !is_word(sql[i - 2]));
      i = skip_quoted(sql, i, '\'', escapes);
    } else if (c == '"') {
      i = skip_quoted(sql, i, '"', false);
    } else if (const std::size_t length = c == '$' ? dollar_tag_length(sql, i) : 0; length > 0) {
      const auto close = sql.find(sql.substr(i, length), i + length);
      i = close == std::string_view::npos ? sql.size() : close + length;
    } else {
      ++i;
    }
    end = i;
  }
  finish();
  return statements;
}

}  // namespace salesflow::migrations
