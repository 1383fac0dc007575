// Streaming reader of CSV and TSV files: constant memory, one row at a time.
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "platform/csv/parser.hpp"
#include "platform/text/charset.hpp"

namespace salesflow::csv {

/// Feeds the text of a file to a Parser piece by piece (64 KiB). Not thread-safe.
class Reader {
 public:
  /// `charset`: as FileText has it. Errors: not_found when the file cannot be opened; invalid_argument when it is empty
  /// but a header was promised, and as FileText: for a charset that is not known and a file that is no text.
  static Result<std::unique_ptr<Reader>> open(const std::string& path, ReaderOptions options,
                                              const std::string& charset = "");

  /// Names of the columns; "1", "2", … without a header.
  const std::vector<std::string>& header() const { return header_; }
  char delimiter() const { return parser_.delimiter(); }
  /// Position in the file, for progress bars.
  std::uint64_t bytes_read() const { return read_; }
  std::uint64_t bytes_total() const { return total_; }

  /// False at the end. Errors: malformed for a row beyond the bounds (its line is named).
  Result<bool> next(Row& row);

 private:
  Reader(std::ifstream file, ReaderOptions options, const std::string& charset)
      : file_(std::move(file)), text_(charset), parser_(options) {}

  std::ifstream file_;
  FileText text_;
  Parser parser_;
  std::array<char, 64 * 1024> piece_{};
  std::vector<std::string> header_;
  std::uint64_t total_ = 0, read_ = 0;
  bool finished_ = false;
};

}  // namespace salesflow::csv
