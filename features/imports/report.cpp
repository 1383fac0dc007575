#include "features/imports/report.hpp"

#include "platform/csv/parser.hpp"

namespace salesflow::imports {

std::string report_line(const ErrorRow& row) {
  std::string line = std::to_string(row.line);
  for (const std::string_view field : {row.field, row.reason, row.content, row.kind})
    line += "," + csv::quote_field(field);
  return line + "," + (row.lead_id ? row.lead_id->to_string() : "") + "," + csv::quote_field(row.changed.value_or("")) +
         "\r\n";
}

}  // namespace salesflow::imports
