// Push parser of CSV and TSV (libcsv inside): bytes in, in pieces of any size, records out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

namespace salesflow::csv {

struct ReaderOptions {
  char delimiter = 0;  // 0: as the line "sep=;" says, else guessed from the first line (tab, semicolon, comma)
  int quoting = -1;    // 1: "…" quotes fields; 0: quotes are plain characters; -1: on, but off for tabs
  bool has_header = true;
  std::size_t fields_max = 1024;  // more are an error: not a table
  std::size_t row_bytes_max = 1 << 20;
};

/// One record. `line` is the number of the record in the file (1-based, the header counts; "sep=;" does not).
struct Row {
  std::uint64_t line = 0;
  std::vector<std::string> fields;
  std::string problem;  // not empty: beyond the bounds ("has more than 1024 fields"); `fields` holds what fits
};

/// A UTF-8 byte order mark is dropped, and so is a first line "sep=;" (sep=, and a tab as well), by which spreadsheets
/// tell the delimiter; LF, CRLF and CR end rows; empty lines are skipped; fields keep their spaces.
/// Keeps the rows of a piece until they are taken. Not thread-safe.
class Parser {
 public:
  explicit Parser(ReaderOptions options);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// The next bytes. Errors: malformed for a quote that stays open beyond row_bytes_max; nothing more comes then.
  Result<void> feed(std::string_view piece);
  /// The end of the text.
  Result<void> finish();
  /// Takes the oldest complete row; false when there is none yet.
  bool next(Row& row);
  /// Puts a row back to be read again.
  void unread(Row row);
  /// Known once the first line has come.
  char delimiter() const;
  /// Before the first bytes: quotes are those of a spreadsheet, also between tabs, unless the options say otherwise.
  void expect_spreadsheet();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A field as CSV text, quoted when needed.
std::string quote_field(std::string_view text);

}  // namespace salesflow::csv
