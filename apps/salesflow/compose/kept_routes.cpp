#include "apps/salesflow/compose/kept_routes.hpp"

#include <algorithm>
#include <array>

namespace salesflow::apps {
namespace {

constexpr std::array routes{
    KeptRoute{"compare_templates", "reports"},
    KeptRoute{"find_top_template", "reports"},
    KeptRoute{"get_draft_stats", "inbox_counts"},
    KeptRoute{"get_inbox_analytics", "inbox_counts"},
    KeptRoute{"get_stats", "inbox_counts"},
    KeptRoute{"get_template", "reports"},
    KeptRoute{"list_activities", "lists"},
    KeptRoute{"list_breakdown", "reports"},
    KeptRoute{"list_channels", "reports"},
    KeptRoute{"list_connections", "lists"},
    KeptRoute{"list_contacts", "lists"},
    KeptRoute{"list_deals", "lists"},
    KeptRoute{"list_due_tasks", "lists"},
    KeptRoute{"list_events", "lists"},
    KeptRoute{"list_followups_of_today", "lists"},
    KeptRoute{"list_forecast", "reports"},
    KeptRoute{"list_hot_leads", "hot_leads"},
    KeptRoute{"list_inbox", "lists"},
    KeptRoute{"list_industries", "lookups"},
    KeptRoute{"list_lead_interactions", "lists"},
    KeptRoute{"list_lead_suggestions", "lists"},
    KeptRoute{"list_lead_verifications", "lists"},
    KeptRoute{"list_leads", "lists"},
    KeptRoute{"list_messages", "lists"},
    KeptRoute{"list_nearby", "lists"},
    KeptRoute{"list_notes", "lists"},
    KeptRoute{"list_pending", "lists"},
    KeptRoute{"list_pending_drafts", "lists"},
    KeptRoute{"list_pending_followups", "lists"},
    KeptRoute{"list_pending_leads", "lists"},
    KeptRoute{"list_pipelines", "lookups"},
    KeptRoute{"list_recent_activities", "lists"},
    KeptRoute{"list_sources", "lookups"},
    KeptRoute{"list_stages", "lookups"},
    KeptRoute{"list_tags", "lookups"},
    KeptRoute{"list_tasks", "lists"},
    KeptRoute{"list_templates", "reports"},
    KeptRoute{"next_best_actions", "scores"},
    KeptRoute{"read_badges", "inbox_counts"},
    KeptRoute{"read_board", "lists"},
    KeptRoute{"read_dashboard", "dashboard"},
    KeptRoute{"read_lead_acquisition", "dashboard"},
    KeptRoute{"read_lead_pipeline", "dashboard"},
    KeptRoute{"read_performance", "dashboard"},
    KeptRoute{"read_summary", "dashboard"},
    KeptRoute{"read_timeseries", "reports"},
    KeptRoute{"read_user_summary", "dashboard"},
    KeptRoute{"search_contacts", "lists"},
};

constexpr bool by_operation(const KeptRoute& a, const KeptRoute& b) {
  return a.operation < b.operation;
}
static_assert(std::is_sorted(routes.begin(), routes.end(), by_operation));

}  // namespace

std::span<const KeptRoute> kept_routes() {
  return routes;
}

std::string_view policy_of(std::string_view operation) {
  const auto found = std::lower_bound(routes.begin(), routes.end(), KeptRoute{operation, ""}, by_operation);
  return found != routes.end() && found->operation == operation ? found->policy : std::string_view();
}

}  // namespace salesflow::apps
