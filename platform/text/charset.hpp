// The text of a file in UTF-8, whatever charset it was saved in.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow {

/// A charset's name that ICU knows ("windows-1252", "ISO-8859-15", "UTF-16LE", …); in any case, '-' and '_' alike.
bool is_known_charset(std::string_view charset);

/// Bytes in, in pieces of any size; UTF-8 out. Not thread-safe.
class FileText {
 public:
  /// "": UTF-8. A byte order mark of UTF-8, UTF-16 or UTF-32 says more than `charset`. ISO-8859-1 and US-ASCII are read
  /// as windows-1252, which their writers mean.
  explicit FileText(std::string charset);
  ~FileText();
  FileText(const FileText&) = delete;
  FileText& operator=(const FileText&) = delete;

  /// Appends the text of `piece` to `out`. UTF-8 goes through as it is, its mark as well; of other charsets, bytes that
  /// mean nothing become a byte that no UTF-8 holds, so that what reads the text can name their place.
  /// Errors: invalid_argument naming `charset` when it is not known, and `file` when the first bytes are those of a
  /// workbook, an archive, a picture or a page, which is named.
  Result<void> feed(std::string_view piece, std::string& out);
  /// The end of the file. Errors: as feed.
  Result<void> finish(std::string& out);
  /// The file began with a byte order mark of UTF-16, as spreadsheets write it.
  bool is_utf16() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a file is when its first bytes are no text: "an Excel workbook (XLSX)"; empty for anything else. 4 KiB tell.
std::string_view kind_of_file(std::string_view head);

}  // namespace salesflow
