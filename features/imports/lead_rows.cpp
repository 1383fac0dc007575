#include "features/imports/lead_rows.hpp"

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

}  // namespace

std::optional<RowProblem> to_lead(Record& record, bool bulk) {
  const auto refuse = [&](std::string_view field, std::string reason) {
    return RowProblem{record.line, std::string(field), std::move(reason), content_of(record)};
  };
  if (!record.problem.empty())
    return refuse(record.field, record.problem);
  for (const ColumnInfo& info : lead_columns()) {
    if (auto complaint = check_value(info.column, at(record.values, info.column)); !complaint.empty())
      return refuse(enum_name(info.column), std::move(complaint));
  }
  settle_name(record.values);
  if (!at(record.values, LeadColumn::name)) {
    if (!is_reachable(record.values))
      return refuse("name", "is empty, and so are email, phone and instagram");
    at(record.values, LeadColumn::name) = std::string(unknown_name);
  }
  settle_status(record.values, bulk);
  return std::nullopt;
}

void append_record(Batch& batch, Record& record, bool bulk) {
  if (auto problem = to_lead(record, bulk)) {
    batch.bytes += problem->content.size() + 100;
    batch.problems.push_back(std::move(*problem));
    return;
  }
  batch.ids.push_back(Uuid::v7());
  batch.lines.push_back(record.line);
  for (const auto& value : record.values)
    batch.bytes += value ? value->size() : 0;
  batch.bytes += 200;
  batch.leads.push_back(std::move(record.values));
}

}  // namespace salesflow::imports
