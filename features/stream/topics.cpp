#include "features/stream/topics.hpp"

#include <algorithm>
#include <array>

namespace salesflow::stream {
namespace {

// A row of a user may name an organisation, too, and the outbox tells both; but only the user may see it, so a table's
// readers stand here. tests/schema/stream_topics_dbtest compares this with what the policies show.
constexpr std::array topics{
    Topic{"activities", Readers::organization},
    Topic{"autopilot_settings", Readers::user},
    Topic{"contacts", Readers::organization},
    Topic{"crm_notes", Readers::user},
    Topic{"deal_stage_changes", Readers::organization},
    Topic{"deals", Readers::organization},
    Topic{"dm_conversations", Readers::user, true},
    Topic{"dm_messages", Readers::user, true},
    Topic{"dm_sequence_templates", Readers::user_or_shared},
    Topic{"followup_suggestions", Readers::user},
    Topic{"import_errors", Readers::user},
    Topic{"import_jobs", Readers::user, false, true},
    Topic{"lead_enrichments", Readers::user},
    Topic{"lead_intents", Readers::user},
    Topic{"lead_interactions", Readers::user},
    Topic{"lead_verifications", Readers::user},
    Topic{"leads", Readers::user},
    Topic{"message_events", Readers::user, true},
    Topic{"message_queue", Readers::user},
    Topic{"org_members", Readers::both},
    Topic{"organizations", Readers::organization},
    Topic{"platform_connections", Readers::user},
    Topic{"rlhf_feedback_sessions", Readers::user},
    Topic{"tasks", Readers::organization, true},
    Topic{"users", Readers::user},
    Topic{"webhook_secrets", Readers::user},
};

}  // namespace

const Topic* find_topic(std::string_view table) {
  static_assert(
      std::is_sorted(topics.begin(), topics.end(), [](const Topic& a, const Topic& b) { return a.name < b.name; }));
  const auto at = std::lower_bound(topics.begin(), topics.end(), table,
                                   [](const Topic& topic, std::string_view wanted) { return topic.name < wanted; });
  return at != topics.end() && at->name == table ? &*at : nullptr;
}

}  // namespace salesflow::stream
