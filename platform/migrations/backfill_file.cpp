#include "platform/migrations/backfill_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>
#include <tuple>

#include "platform/migrations/sql_splitter.hpp"

namespace salesflow::migrations {
namespace {

Error bad_file(std::string_view file, std::string_view what) {
  return fail(Errc::invalid_argument, fmt::format("backfill {}: {}", file, what));
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r"), end = text.find_last_not_of(" \t\r");
  return begin == std::string::npos ? std::string{} : text.substr(begin, end - begin + 1);
}

/// The "key: value" parts of the comment lines on top; what has no key continues the last value.
std::map<std::string, std::string> read_parts(std::string_view text) {
  std::map<std::string, std::string> parts;
  std::string* last = nullptr;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line) && line.starts_with("--");) {
    std::istringstream pieces(line.substr(2));
    for (std::string piece; std::getline(pieces, piece, '|');) {
      piece = trimmed(piece);
      const auto colon = piece.find(':');
      if (colon != std::string::npos && piece.find(' ') > colon) {
        last = &parts[piece.substr(0, colon)];
        *last = trimmed(piece.substr(colon + 1));
      } else if (last != nullptr && !piece.empty()) {
        *last += ' ' + piece;
      }
    }
  }
  return parts;
}

}  // namespace

Result<std::vector<Backfill>> parse_backfills(const std::vector<EmbeddedFile>& files) {
  std::vector<Backfill> backfills;
  for (const auto& file : files) {
    auto parts = read_parts(file.text);
    for (const char* key : {"backfill", "table", "after", "rows"}) {
      if (parts[key].empty()) {
        return bad_file(file.name, fmt::format("header part \"{}: …\" is missing", key));
      }
    }
    Backfill backfill;
    backfill.name = parts["backfill"];
    backfill.table = parts["table"];
    const std::string& after = parts["after"];
    const auto number = std::from_chars(after.data(), after.data() + after.size(), backfill.after);
    if (number.ec != std::errc{} || number.ptr != after.data() + after.size()) {
      return bad_file(file.name, "after must be a migration's number");
    }
    if (parts["rows"].starts_with("last_key uuid")) {
      backfill.first_key = "00000000-0000-0000-0000-000000000000";
    }
    const auto statements = split_statements(file.text);
    if (statements.size() != 1) {
      return bad_file(file.name, fmt::format("it must hold one statement, not {}", statements.size()));
    }
    backfill.sql = statements[0].text;
    backfill.checksum = sha256_hex(file.text);
    const bool twice = std::any_of(backfills.begin(), backfills.end(),
                                   [&](const Backfill& other) { return other.name == backfill.name; });
    if (twice) {
      return bad_file(file.name, "another file has the name " + backfill.name);
    }
    backfills.push_back(std::move(backfill));
  }
  std::sort(backfills.begin(), backfills.end(),
            [](const Backfill& a, const Backfill& b) { return std::tie(a.after, a.name) < std::tie(b.after, b.name); });
  return backfills;
}

Result<std::vector<Backfill>> embedded_backfills() {
  return parse_backfills(embedded_backfill_files());
}

Result<std::vector<Backfill>> load_backfills(const std::string& folder) {
  if (!std::filesystem::exists(folder)) {
    return std::vector<Backfill>{};
  }
  auto texts = read_sql_folder(folder);
  if (!texts) {
    return texts.error();
  }
  std::vector<EmbeddedFile> files;
  for (const auto& [name, text] : *texts) {
    files.push_back({name, text});
  }
  return parse_backfills(files);
}

}  // namespace salesflow::migrations
