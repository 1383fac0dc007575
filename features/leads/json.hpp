// Leads as JSON: what a body becomes, and what answers look like.
#pragma once

#include "features/leads/leads.hpp"
#include "platform/core/result.hpp"

namespace salesflow::leads {

/// Checks what types alone cannot and makes the record. `body_text` is the body the fields were read from: money keeps
/// its digits. Errors: invalid_argument naming the field.
Result<LeadRecord> to_record(LeadBody body, std::string_view body_text);
/// The same for a lead that is new: without a name it gets first and last name, else "Unbekannt", by which nobody is
/// recognised.
Result<LeadRecord> to_new_record(LeadBody body, std::string_view body_text);

struct LeadsAnswer {
  std::vector<LeadRow> leads;
  std::optional<std::int64_t> total;  // of all pages; null when nobody counted
  std::int64_t count = 0;             // the same, and 0 then
  bool total_is_capped = false;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(LeadsAnswer, (), (leads, total, count, total_is_capped, has_more, next_cursor))

struct GroupsAnswer {
  std::vector<GroupRow> groups;
  std::int64_t count = 0;
  RawJson total_value;
};
BOOST_DESCRIBE_STRUCT(GroupsAnswer, (), (groups, count, total_value))

struct LeadAnswer {
  bool success = true;
  LeadRow lead;
};
BOOST_DESCRIBE_STRUCT(LeadAnswer, (), (success, lead))

struct CreatedAnswer {
  bool success = true;
  LeadRow lead;
  bool was_created = false;
  std::string_view message;
};
BOOST_DESCRIBE_STRUCT(CreatedAnswer, (), (success, lead, was_created, message))

struct DuplicateAnswer {
  bool success = true;
  bool is_duplicate = false;
  std::optional<std::string_view> matched_by;
  std::optional<LeadRow> lead;
};
BOOST_DESCRIBE_STRUCT(DuplicateAnswer, (), (success, is_duplicate, matched_by, lead))

struct MessageAnswer {
  bool success = true;
  Uuid lead_id;
  std::string_view lead_name;
  std::string_view status;
  std::string_view message = "Message logged";
  Uuid interaction_id;
  std::optional<Uuid> suggestion_id;
};
BOOST_DESCRIBE_STRUCT(MessageAnswer, (), (success, lead_id, lead_name, status, message, interaction_id, suggestion_id))

struct HotLeadAnswer : HotLeadRow {
  std::string_view lead_temperature;
  std::int32_t priority = 1;
};
BOOST_DESCRIBE_STRUCT(HotLeadAnswer, (HotLeadRow), (lead_temperature, priority))

struct HotLeadsAnswer : FigureOrigin {
  bool success = true;
  std::vector<HotLeadAnswer> leads;
  std::size_t count = 0;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(HotLeadsAnswer, (FigureOrigin), (success, leads, count, next_cursor))
HotLeadsAnswer to_hot_answer(const HotPage& page);

struct PipelineAnswer : FigureOrigin {
  std::int64_t total = 0, hot = 0, warm = 0, cool = 0, cold = 0;
  RawJsonView by_status{"{}"};  // {status: leads}
};
BOOST_DESCRIBE_STRUCT(PipelineAnswer, (FigureOrigin), (total, hot, warm, cool, cold, by_status))
PipelineAnswer to_pipeline_answer(const PipelineRow& row, TimePoint now);

struct AcquisitionAnswer : FigureOrigin {
  std::int64_t period_days = 0, total_leads = 0;
  RawJsonView by_source{"{}"};    // {source: leads}
  RawJsonView by_campaign{"{}"};  // nothing here knows a lead's campaign
  RawJsonView top_sources{"[]"};  // [{source, count}]
  RawJsonView top_campaigns{"[]"};
};
BOOST_DESCRIBE_STRUCT(AcquisitionAnswer, (FigureOrigin),
                      (period_days, total_leads, by_source, by_campaign, top_sources, top_campaigns))
AcquisitionAnswer to_acquisition_answer(const AcquisitionRow& row, std::int64_t period_days, TimePoint now);

struct VerificationsAnswer {
  bool success = true;
  RowSet<VerificationRow> verifications;
  std::size_t count = 0;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(VerificationsAnswer, (), (success, verifications, count, next_cursor))

}  // namespace salesflow::leads
