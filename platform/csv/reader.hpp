// Streaming reader of CSV and TSV files (libcsv inside): constant memory, one row at a time.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/core/result.hpp"

namespace salesflow::csv {

struct ReaderOptions {
  char delimiter = 0;  // 0: guessed from the first line (tab, semicolon, comma)
  int quoting = -1;    // 1: "…" quotes fields; 0: quotes are plain characters; -1: on, but off for tabs
  bool has_header = true;
  std::size_t fields_max = 1024;  // more are an error: not a table
  std::size_t row_bytes_max = 1 << 20;
};

/// One record. `line` is the number of the record in the file (1-based, the header counts).
struct Row {
  std::uint64_t line = 0;
  std::vector<std::string> fields;
};

/// Reads a file piece by piece (64 KiB). A UTF-8 byte order mark is dropped; LF, CRLF and CR end rows; empty lines are
/// skipped; fields keep their spaces. Not thread-safe.
class Reader {
 public:
  /// Errors: not_found when the file cannot be opened; invalid_argument when it is empty but a header was promised.
  static Result<std::unique_ptr<Reader>> open(const std::string& path, ReaderOptions options);
  ~Reader();

  /// Names of the columns; "1", "2", … without a header.
  const std::vector<std::string>& header() const;
  char delimiter() const;
  /// Position in the file, for progress bars.
  std::uint64_t bytes_read() const;
  std::uint64_t bytes_total() const;

  /// False at the end. Errors: malformed for a row beyond the bounds (its line is named).
  Result<bool> next(Row& row);

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A field as CSV text, quoted when needed.
std::string quote_field(const std::string& text);

}  // namespace salesflow::csv
