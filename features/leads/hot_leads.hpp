// Hot leads and figures of leads as they are read and sent (contract 2.3, 2.4).
#pragma once

#include "features/leads/model.hpp"
#include "platform/core/analytics_source.hpp"

namespace salesflow::leads {

inline constexpr std::int64_t hot_limit_rows_max = 100;
inline constexpr std::int64_t period_days_max = 3'650;

/// A lead with what is newest of its satellites; a part that nobody measured is absent.
struct HotLeadRow : LeadRow {
  std::optional<double> v_score, e_score, i_score;
  std::optional<std::string_view> company_name;
  std::optional<TimePoint> last_activity_at;
  std::optional<std::string_view> intent_stage;
  bool requested_demo = false;
};
BOOST_DESCRIBE_STRUCT(HotLeadRow, (LeadRow),
                      (v_score, e_score, i_score, company_name, last_activity_at, intent_stage, requested_demo))

/// The same with its place in the list: scores x 100, -1 without intent.
struct PlacedHotLead : HotLeadRow {
  std::int16_t p_score_key = 0, i_score_key = -1;
};
BOOST_DESCRIBE_STRUCT(PlacedHotLead, (HotLeadRow), (p_score_key, i_score_key))

/// Where the list goes on; first page: above all.
struct HotPosition {
  std::int16_t p_score_key = 32767, i_score_key = 32767;
  Uuid id = highest_id;
};
BOOST_DESCRIBE_STRUCT(HotPosition, (), (p_score_key, i_score_key, id))

/// Temperature and priority of contract 1.8: hot_verified (p >= 80, v >= 70), hot, warm (60), cool (40), cold; priority
/// 5 for a hot lead that asked for a demo, else 4, 3, 2, 1 by the same bounds. No score counts as 0.
struct Warmth {
  std::string_view lead_temperature;
  std::int32_t priority = 1;
};
Warmth warmth_of(const HotLeadRow& lead);

/// A user's leads by status and score; cold are the rest.
struct PipelineRow {
  std::int64_t total = 0, hot = 0, warm = 0, cool = 0;
  RawJsonView by_status{"{}"};
};
BOOST_DESCRIBE_STRUCT(PipelineRow, (), (total, hot, warm, cool, by_status))

/// A user's new leads by source; top_sources are the five most frequent, as {source, count}.
struct AcquisitionRow {
  std::int64_t total = 0;
  RawJsonView by_source{"{}"}, top_sources{"[]"};
};
BOOST_DESCRIBE_STRUCT(AcquisitionRow, (), (total, by_source, top_sources))

}  // namespace salesflow::leads
