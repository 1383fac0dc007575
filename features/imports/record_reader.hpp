// Bytes of a file → rows by lead column, whatever the format; constant memory.
#pragma once

#include <unordered_map>

#include "features/imports/byte_source.hpp"
#include "features/imports/json_elements.hpp"
#include "features/imports/model.hpp"
#include "features/imports/row_digest.hpp"
#include "platform/csv/parser.hpp"
#include "platform/text/charset.hpp"

namespace salesflow::imports {

/// A further address or number of a row, which its lead's column cannot hold.
struct FurtherValue {
  LeadColumn column{};
  std::string label, text;  // label: what the file calls it
};

/// One row of the file, checked for nothing yet.
struct Record {
  std::uint64_t line = 0;
  LeadValues values;  // what the mapping takes from it
  std::vector<FurtherValue> further;
  std::vector<std::pair<LeadColumn, std::string>> misfits;  // JSON: members that no field can hold, and why
  std::vector<std::string> fields;                          // CSV: all of it
  std::string text;                                         // JSON: all of it
  std::string field, problem;                               // not empty: no row of this file's kind
};

/// The row as it stood in the file, at most content_bytes_max of it, with U+FFFD for what is no text.
std::string content_of(const Record& record);
inline constexpr std::size_t content_bytes_max = 16 << 10;

class RecordReader {
 public:
  RecordReader(ByteSource& source, const ImportOptions& options);

  /// Reads the header and settles which of its columns fill which of a lead's.
  /// Errors: invalid_argument for an empty file, a header of more than fields_max columns, a mapping or constant that
  /// names what is not there, a charset that is not known, a header that is not of its charset, a workbook or another
  /// file that is no text, and a file of which nothing tells who a lead is; malformed for what is no such format.
  Task<Result<void>> open();
  /// False at the end. Errors: malformed for a file that cannot be read on, naming the row; what the source meets.
  Task<Result<bool>> next(Record& record);

  const std::vector<std::string>& header() const { return header_; }  // of CSV
  /// Lead column → column of the file, for those that the header (CSV) or the mapping (JSON) fills.
  const std::map<std::string, std::string>& mapping() const { return mapping_; }
  /// Columns of the file with further addresses and numbers; of JSON those that came so far.
  const std::vector<std::string>& further_columns() const { return further_names_; }
  /// Columns of the file that fill nothing, in their order, as JSON can hold them; of JSON those that came so far, up
  /// to fields_max.
  const std::vector<std::string>& unmapped_columns() const { return unmapped_; }
  /// The body is {"leads": […]}.
  bool is_object() const { return elements_.is_object(); }
  std::int64_t bytes_read() const { return bytes_read_; }
  std::int64_t rows_read() const { return rows_read_; }
  char delimiter() const { return parser_.delimiter(); }
  /// SHA-256 over header and all rows taken so far, as hex.
  std::string digest() const { return digest_.hex(); }

 private:
  Task<Result<bool>> fill();
  bool take(Record& record);
  void take_row(csv::Row row, Record& record);
  void take_object(std::string text, Record& record);
  Result<void> map_header();
  void map_further(std::size_t position, LeadColumn column, bool fills);
  Result<void> check_constants() const;
  /// What a column of the file is to a lead.
  struct Use {
    std::optional<LeadColumn> column;
    bool is_further = false;  // beside the column that was named for it
  };
  Use use_of(std::string_view key);

  ByteSource& source_;
  ImportOptions options_;
  FileText text_;
  csv::Parser parser_;
  JsonElements elements_;
  RowDigest digest_;
  std::vector<std::string> header_;
  std::vector<std::optional<LeadColumn>> columns_;  // CSV: what each column of the file fills
  struct Further {
    std::size_t position = 0;
    LeadColumn column{};
    bool fills = false;  // the lead's column in rows that give it nothing else
  };
  std::vector<Further> further_;               // CSV
  std::unordered_map<std::string, Use> keys_;  // JSON: what each key is
  std::vector<std::string> further_names_, unmapped_;
  std::map<std::string, std::string> mapping_;
  LeadValues constants_;
  std::int64_t bytes_read_ = 0, rows_read_ = 0;
  bool ended_ = false;
};

}  // namespace salesflow::imports
