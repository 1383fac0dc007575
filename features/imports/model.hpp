// What an import is made of: its options, its job as stored, and what becomes of a batch of rows.
#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/imports/lead_columns.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"

namespace salesflow::imports {

enum class Format { csv, json, ndjson };
BOOST_DESCRIBE_ENUM(Format, csv, json, ndjson)

/// What a lead is known by, the strongest first. A lead that has the key of one kind is no match when a stronger one
/// contradicts: another e-mail than the row's, another phone. A name counts only where the companies do not differ.
enum class KeyKind { email, phone, instagram, name };
BOOST_DESCRIBE_ENUM(KeyKind, email, phone, instagram, name)
inline constexpr std::size_t key_kinds = 4;

/// What happens to a row whose lead is there already (by KeyKind, in this order): skip keeps the lead, update fills in
/// what the row gives, none makes another lead.
enum class Duplicates { skip, update, none };
BOOST_DESCRIBE_ENUM(Duplicates, skip, update, none)

inline constexpr std::size_t row_bytes_max = 1 << 20;
inline constexpr std::size_t fields_max = 1'024;

/// How a file is read; stored with the job, so that resuming reads it the same way.
struct ImportOptions {
  Format format = Format::csv;
  std::map<std::string, std::string> mapping;    // lead column → the file's column (its name, or a number from 1)
  std::map<std::string, std::string> constants;  // lead column → the same value in every row
  Duplicates duplicates = Duplicates::skip;
  std::string delimiter;  // "" guesses
  std::string charset;    // "": UTF-8, or as the byte order mark says
  bool has_header = true;
  bool dry_run = false;
  bool strict = false;  // a row with a field that does not fit is refused
};
BOOST_DESCRIBE_STRUCT(ImportOptions, (), (format, duplicates, delimiter, has_header, dry_run))

/// What there is to say of a row: it was not imported; it was, without a field; its lead was there and stayed as it is,
/// or took what the row gives.
enum class ReportKind { refused, field_dropped, skipped, updated };
BOOST_DESCRIBE_ENUM(ReportKind, refused, field_dropped, skipped, updated)

/// A row, or a field of one, that was not imported. `line`: the record in the file, 1-based, the header counts.
struct RowProblem {
  std::uint64_t line = 0;
  std::string field;
  std::string reason;
  std::string content;  // the row; bytes that no text can hold are U+FFFD
  ReportKind kind = ReportKind::refused;
};

/// A job as stored. status: running, completed, failed, or interrupted (running, but no batch for a minute).
struct JobRow {
  Uuid id;
  std::string_view kind, status;
  std::optional<std::string_view> file_name;
  RawJsonView options;
  bool dry_run = false;
  std::int64_t rows_read = 0, bytes_read = 0;
  std::optional<std::int64_t> bytes_total;
  std::string_view digest;  // hex
  std::int64_t imported = 0, updated = 0, duplicates = 0, errors = 0, fields_dropped = 0;
  RawJsonView unmapped_columns;
  std::optional<std::string_view> problem;
  TimePoint created_at, updated_at;
  std::optional<TimePoint> finished_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(JobRow, (),
                      (id, kind, status, file_name, options, dry_run, rows_read, bytes_read, bytes_total, digest,
                       imported, updated, duplicates, errors, fields_dropped, unmapped_columns, problem, created_at,
                       updated_at, finished_at, row_version))

struct NewJob {
  Uuid id;
  std::optional<std::string> file_name;
  ImportOptions options;
  std::optional<std::int64_t> bytes_total;
};

/// Where a job stands after a batch.
struct Position {
  std::int64_t rows_read = 0, bytes_read = 0;
  std::string digest;  // hex of SHA-256 over the rows
};

/// errors: rows that were refused; fields_dropped: fields that the others came in without.
struct Counts {
  std::int64_t imported = 0, updated = 0, duplicates = 0, errors = 0, fields_dropped = 0;
};

/// What a row is known by, as the database compares it: by KeyKind, and the company, which a name must not contradict.
struct RowKeys {
  std::array<std::optional<std::string>, key_kinds> keys;
  std::optional<std::string> company;
};

/// Good rows by column, and what could not be taken, in the order of the file.
struct Batch {
  std::vector<Uuid> ids;
  std::vector<std::uint64_t> lines;
  std::vector<LeadValues> leads;
  std::vector<std::optional<std::string>>
      further;  // lines for the notes: addresses and numbers beside those of the lead
  std::vector<RowProblem> problems;
  std::vector<RowKeys> keys;  // of all rows, or empty: not made yet
  std::size_t bytes = 0;
  std::size_t size() const { return ids.size(); }
};

/// What a row became: a new lead, a change of one, or nothing.
enum class Fate { created, updated, skipped };
struct RowFate {
  Fate fate = Fate::created;
  Uuid lead_id;                       // new, changed, or the one that was there
  std::optional<KeyKind> matched_by;  // by what it was found
  bool is_stored = true;              // false: a lead that a dry run has met in the file itself
};

/// What a report says; several may be of one line, in the order of `part`.
struct ErrorRow {
  std::int64_t line = 0;
  std::int64_t part = 0;
  std::string_view kind, field, reason, content;
  std::optional<Uuid> lead_id;
  std::optional<std::string_view> changed;
};
BOOST_DESCRIBE_STRUCT(ErrorRow, (), (line, part, kind, field, reason, content, lead_id, changed))
struct ErrorPlace {
  std::int64_t line = 0;
  std::int64_t part = 0;
};

}  // namespace salesflow::imports
