// A row of a file as a lead: what it must have, what follows from it.
#pragma once

#include "features/imports/record_reader.hpp"

namespace salesflow::imports {

struct RowRules {
  bool bulk = false;    // a lead without status gets the meaning of an unknown one (new, cold, 20)
  bool strict = false;  // a field that does not fit refuses its row
};

/// What a row came to.
struct CheckedRow {
  std::vector<RowProblem> problems;    // why it is refused, or what it lost
  std::optional<std::string> further;  // lines for the lead's notes: "E-mail 2 - Value: anna@example.org"
  bool is_lead = false;
};

/// Brings the row's values into the form of the database. A field that does not fit is taken out of the row, and named;
/// the row is refused when nothing is left that tells who the lead is, and when its bytes are not of its charset.
CheckedRow to_lead(Record& record, const RowRules& rules);

/// Appends the row to the batch, as a lead, as problems, or both.
void append_record(Batch& batch, Record& record, const RowRules& rules);

/// What may stand in a lead's notes beside those of the file.
inline constexpr std::size_t further_bytes_max = 4'000;

/// The name of a lead of whom only an address or a number is known; no lead is found by it.
inline constexpr std::string_view unknown_name = "Unbekannt";

}  // namespace salesflow::imports
