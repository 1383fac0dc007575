#include "apps/salesflow/cache/tables.hpp"

#include <algorithm>
#include <array>

namespace salesflow::apps {
namespace {

using Names = std::span<const std::string_view>;

struct Table {
  std::string_view name;
  Reach read = Reach::nobody, write = Reach::nobody;
  Names sources;  // of a derived table
  Names also;     // by triggers
};

template <std::size_t n>
using List = std::array<std::string_view, n>;

constexpr List<1> unknown{"*"};
constexpr List<1> contacts{"contacts"}, conversations{"dm_conversations"}, deals{"deals"}, drafts{"message_queue"};
constexpr List<1> events{"message_events"}, leads{"leads"}, notes{"crm_notes"}, sessions{"rlhf_feedback_sessions"};
constexpr List<1> tasks{"tasks"}, refreshes{"salesflow.view_refreshes"}, stage_changes{"deal_stage_changes"};
constexpr List<2> conversation_texts{"dm_conversations", "leads"};
constexpr List<4> hot_leads{"lead_enrichments", "lead_intents", "lead_verifications", "leads"};

constexpr Table base(std::string_view name, Reach reach, Names also = {}) {
  return {name, reach, reach, {}, also};
}
/// Readers of the table itself are its users; what is kept of it is shown to organisations, too.
constexpr Table shown_to_organizations(std::string_view name) {
  return {name, Reach::user, Reach::both, {}, {}};
}
constexpr Table derived(std::string_view name, Reach reach, Names sources) {
  return {name, reach, Reach::nobody, sources, {}};
}
/// Of the service's own work. An answer that is made of one is not kept.
constexpr Table internal(std::string_view name) {
  return {name, Reach::nobody, Reach::nobody, {}, {}};
}

// Sorted by name. tests/schema/cache_tables_{writes,reads}_dbtest compare it with what statements, triggers, roll-ups,
// summaries and policies really do.
constexpr std::array tables{
    base("activities", Reach::organization),
    internal("auth.users"),
    base("autopilot_settings", Reach::user),
    base("contacts", Reach::organization),
    base("crm_notes", Reach::user),
    base("deal_stage_changes", Reach::organization),
    base("deals", Reach::organization, stage_changes),
    derived("dm_conversation_texts", Reach::user, conversation_texts),
    base("dm_conversations", Reach::user),
    base("dm_messages", Reach::user, conversations),
    base("dm_sequence_templates", Reach::user_or_shared),
    derived("event_invalidations", Reach::both, events),
    base("followup_suggestions", Reach::user),
    internal("idempotency_keys"),
    base("import_errors", Reach::user),
    base("import_jobs", Reach::user),
    base("lead_enrichments", Reach::user),
    derived("lead_hot", Reach::user, hot_leads),
    base("lead_intents", Reach::user),
    base("lead_interactions", Reach::user),
    internal("lead_scorings"),
    base("lead_verifications", Reach::user),
    base("leads", Reach::user),
    internal("message_event_ids"),
    shown_to_organizations("message_events"),
    base("message_queue", Reach::user),
    derived("message_replies", Reach::user, events),
    derived("mv_hot_leads", Reach::everyone, refreshes),
    derived("mv_rlhf_sessions_daily", Reach::everyone, refreshes),
    derived("mv_template_performance", Reach::everyone, refreshes),
    derived("my_hot_leads", Reach::everyone, refreshes),
    derived("my_rlhf_sessions", Reach::everyone, refreshes),
    derived("my_template_performance", Reach::everyone, refreshes),
    derived("org_contact_counts", Reach::organization, contacts),
    derived("org_contact_values", Reach::organization, contacts),
    derived("org_deal_counts", Reach::organization, deals),
    base("org_members", Reach::everyone),
    derived("org_message_days", Reach::organization, events),
    derived("org_open_deal_sums", Reach::organization, deals),
    derived("org_reply_days", Reach::organization, events),
    derived("org_session_days", Reach::organization, sessions),
    derived("org_session_users", Reach::organization, sessions),
    derived("org_task_counts", Reach::organization, tasks),
    derived("org_template_days", Reach::organization, events),
    base("organizations", Reach::organization),
    derived("our_message_replies", Reach::organization, events),
    derived("our_message_rows", Reach::organization, events),
    derived("our_rlhf_sessions", Reach::everyone, refreshes),
    derived("our_session_rows", Reach::organization, sessions),
    derived("our_template_performance", Reach::everyone, refreshes),
    internal("outbox"),
    base("platform_connections", Reach::user),
    shown_to_organizations("rlhf_feedback_sessions"),
    internal("salesflow.adopted_organizations"),
    internal("salesflow.adopted_profiles"),
    internal("salesflow.adoption"),
    base("salesflow.analytics_mode", Reach::everyone),
    internal("salesflow.backfills"),
    internal("salesflow.cache_figures"),
    internal("salesflow.cache_nodes"),
    internal("salesflow.cache_switch"),
    internal("salesflow.change_feed"),
    internal("salesflow.change_feed_start"),
    internal("salesflow.change_subscribers"),
    internal("salesflow.figure_checks"),
    internal("salesflow.inserted_rows"),
    internal("salesflow.job_leases"),
    internal("salesflow.job_runs"),
    internal("salesflow.login_attempts"),
    internal("salesflow.operators"),
    internal("salesflow.password_reset_tokens"),
    internal("salesflow.passwords"),
    internal("salesflow.proofs"),
    internal("salesflow.refresh_tokens"),
    internal("salesflow.rollups"),
    internal("salesflow.sessions"),
    base("salesflow.view_refreshes", Reach::everyone),
    derived("session_invalidations", Reach::both, sessions),
    base("tasks", Reach::organization),
    derived("user_conversation_badges", Reach::user, conversations),
    derived("user_conversation_counts", Reach::user, conversations),
    derived("user_draft_counts", Reach::user, drafts),
    derived("user_lead_arrivals", Reach::user, leads),
    derived("user_lead_counts", Reach::user, leads),
    derived("user_lead_standings", Reach::user, leads),
    derived("user_message_days", Reach::user, events),
    derived("user_note_counts", Reach::user, notes),
    derived("user_reply_days", Reach::user, events),
    derived("user_session_days", Reach::user, sessions),
    derived("user_strategy_days", Reach::user, sessions),
    derived("user_template_days", Reach::user, events),
    base("users", Reach::everyone),
    internal("webhook_deliveries"),
    base("webhook_secrets", Reach::user),
};
static_assert(std::is_sorted(tables.begin(), tables.end(),
                             [](const Table& a, const Table& b) { return a.name < b.name; }));

const Table* find(std::string_view name) {
  const auto at = std::lower_bound(tables.begin(), tables.end(), name,
                                   [](const Table& table, std::string_view wanted) { return table.name < wanted; });
  return at != tables.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

bool is_known(std::string_view table) {
  return find(table) != nullptr;
}

std::span<const std::string_view> stands_for(std::string_view table) {
  const Table* const known = find(table);
  if (!known)
    return unknown;
  return known->sources.empty() ? Names(&known->name, 1) : known->sources;
}

std::span<const std::string_view> also_writes(std::string_view table) {
  const Table* const known = find(table);
  return known ? known->also : Names(unknown);
}

std::uint64_t bit_of(std::string_view table) {
  const Table* const known = find(table);
  if (!known || !known->sources.empty())
    return ~std::uint64_t{0};
  const auto is_base = [](const Table& one) { return one.sources.empty(); };
  static_assert(std::count_if(tables.begin(), tables.end(), is_base) <= 64, "the last ones have to share a bit");
  return std::uint64_t{1} << std::count_if(tables.data(), known, is_base);
}

std::uint32_t bit_scheme() {
  static const std::uint32_t scheme = [] {
    std::uint32_t hash = 2166136261;  // FNV-1a
    for (const Table& table : tables) {
      for (const char c : table.sources.empty() ? table.name : std::string_view())
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
      hash = (hash ^ 0xFF) * 16777619;
    }
    return hash == 0 ? 1 : hash;
  }();
  return scheme;
}

Reach reach_of(std::string_view table, QueryMode mode) {
  const Table* const known = find(table);
  if (!known)
    return Reach::all;
  return mode == QueryMode::read ? known->read : known->write;
}

}  // namespace salesflow::apps
