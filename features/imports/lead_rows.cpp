#include "features/imports/lead_rows.hpp"

#include "platform/core/bounded.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::imports {
namespace {

/// Full name from its parts, or the other name of one who has none.
void settle_name(LeadValues& values) {
  auto& name = at(values, LeadColumn::name);
  if (name)
    return;
  for (const LeadColumn part : {LeadColumn::first_name, LeadColumn::last_name}) {
    if (const auto& text = at(values, part))
      name = name ? *name + " " + *text : *text;
  }
}

bool is_reachable(const LeadValues& values) {
  return at(values, LeadColumn::email) || at(values, LeadColumn::phone) || at(values, LeadColumn::instagram);
}

void settle_status(LeadValues& values, bool bulk) {
  auto& status = at(values, LeadColumn::status);
  if (!status && !bulk)
    return;
  const StatusMeaning meaning = meaning_of_status(status.value_or(""));
  status = std::string(meaning.status);
  if (auto& temperature = at(values, LeadColumn::temperature); !temperature && !meaning.temperature.empty()) {
    temperature = std::string(meaning.temperature);
    check_value(LeadColumn::temperature, temperature);
  }
  if (auto& score = at(values, LeadColumn::score); !score && meaning.score >= 0)
    score = std::to_string(meaning.score);
}

/// Takes out what does not fit; the complaints, in the order of the columns.
std::vector<std::pair<LeadColumn, std::string>> sift(Record& record) {
  auto complaints = std::move(record.misfits);
  record.misfits.clear();
  for (const ColumnInfo& info : lead_columns()) {
    auto& value = at(record.values, info.column);
    if (auto complaint = check_value(info.column, value); !complaint.empty()) {
      complaints.emplace_back(info.column, std::move(complaint));
      value.reset();
    }
  }
  return complaints;
}

bool is_text(const FurtherValue& value) {
  return is_valid_utf8(value.text) && value.text.find('\0') == std::string::npos;
}

}  // namespace

CheckedRow to_lead(Record& record, const RowRules& rules) {
  CheckedRow row;
  std::optional<std::string> content;
  const auto tell = [&](std::string_view field, std::string reason, ReportKind kind) {
    if (!content)
      content = content_of(record);
    if (kind == ReportKind::field_dropped)
      reason += "; the row is in without it";
    row.problems.push_back({record.line, std::string(field), std::move(reason), *content, kind});
  };
  const auto refuse = [&](std::string_view field, std::string reason) {
    row.problems.clear();
    tell(field, std::move(reason), ReportKind::refused);
    return std::move(row);
  };
  if (!record.problem.empty())
    return refuse(record.field, record.problem);
  auto complaints = sift(record);
  for (auto& [column, complaint] : complaints) {
    // Of a file that is read in a wrong charset every name would be lost.
    if (rules.strict || complaint == not_of_its_charset)
      return refuse(enum_name(column), std::move(complaint));
  }
  for (const FurtherValue& value : record.further) {
    if (!is_text(value))
      return refuse(enum_name(value.column), std::string(not_of_its_charset));
  }
  settle_name(record.values);
  if (!at(record.values, LeadColumn::name)) {
    if (!is_reachable(record.values)) {
      for (auto& [column, complaint] : complaints) {
        if (tells_who(column))
          return refuse(enum_name(column), std::move(complaint));
      }
      return refuse("name", "is empty, and so are email, phone and instagram");
    }
    at(record.values, LeadColumn::name) = std::string(unknown_name);
  }
  for (auto& [column, complaint] : complaints)
    tell(enum_name(column), std::move(complaint), ReportKind::field_dropped);
  for (const FurtherValue& value : record.further) {
    const std::string line = value.label + ": " + value.text;
    if ((row.further ? row.further->size() : 0) + line.size() > further_bytes_max)
      tell(enum_name(value.column), "does not fit into the lead's notes any more", ReportKind::field_dropped);
    else
      row.further = row.further ? *row.further + "\n" + line : line;
  }
  settle_status(record.values, rules.bulk);
  row.is_lead = true;
  return row;
}

void append_record(Batch& batch, Record& record, const RowRules& rules) {
  CheckedRow row = to_lead(record, rules);
  for (RowProblem& problem : row.problems) {
    batch.bytes += problem.content.size() + 100;
    batch.problems.push_back(std::move(problem));
  }
  if (!row.is_lead)
    return;
  batch.ids.push_back(Uuid::v7());
  batch.lines.push_back(record.line);
  for (const auto& value : record.values)
    batch.bytes += value ? value->size() : 0;
  batch.bytes += 200 + (row.further ? row.further->size() : 0);
  batch.leads.push_back(std::move(record.values));
  batch.further.push_back(std::move(row.further));
}

}  // namespace salesflow::imports
