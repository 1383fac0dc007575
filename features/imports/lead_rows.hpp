// A row of a file as a lead: what it must have, what follows from it.
#pragma once

#include "features/imports/record_reader.hpp"

namespace salesflow::imports {

/// Brings the row's values into the form of the database; `bulk` gives a lead without status the meaning of an unknown
/// one (new, cold, 20). What is wrong, with the first bad column; empty when it is a lead.
std::optional<RowProblem> to_lead(Record& record, bool bulk);

/// Appends the row to the batch, as a lead or as a problem.
void append_record(Batch& batch, Record& record, bool bulk);

/// The name of a lead of whom only an address or a number is known; no lead is found by it.
inline constexpr std::string_view unknown_name = "Unbekannt";

}  // namespace salesflow::imports
