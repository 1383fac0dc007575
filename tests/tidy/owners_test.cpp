// Whose a table is: its slice's statements write to it and no others do, but for what is named here with its reason.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/core/catalogue.hpp"
#include "tests/support/names_in.hpp"

namespace salesflow {
namespace {

using Names = std::set<std::string>;

/// Slice, or room of the platform → its tables.
const std::map<std::string, Names> owners{
    {"accounts",
     {"users", "organizations", "org_members", "salesflow.passwords", "salesflow.sessions", "salesflow.refresh_tokens",
      "salesflow.password_reset_tokens", "salesflow.login_attempts"}},
    {"analytics", {"rlhf_feedback_sessions", "salesflow.view_refreshes", "salesflow.analytics_mode"}},
    {"approvals", {"message_queue"}},
    {"contacts", {"contacts", "activities"}},
    {"deals", {"deals", "deal_stage_changes"}},
    {"events", {"message_events", "message_event_ids", "autopilot_settings"}},
    {"imports", {"import_jobs", "import_errors"}},
    {"inbox", {"dm_conversations", "dm_messages", "dm_sequence_templates"}},
    {"leads",
     {"leads", "lead_verifications", "lead_enrichments", "lead_intents", "lead_interactions", "followup_suggestions"}},
    {"notes", {"crm_notes"}},
    {"scoring", {"lead_scorings"}},
    {"tasks", {"tasks"}},
    {"webhooks", {"webhook_secrets", "webhook_deliveries"}},
    {"adoption",
     {"salesflow.adopted_organizations", "salesflow.adopted_profiles", "salesflow.inserted_rows", "salesflow.backfills",
      "salesflow.operators"}},
    {"idempotency", {"idempotency_keys"}},
    {"jobs", {"salesflow.job_leases", "salesflow.job_runs"}},
    {"proof", {"salesflow.proofs"}},
    {"cache", {"salesflow.cache_switch", "salesflow.cache_nodes", "salesflow.cache_figures"}},
    {"ops", {"salesflow.figure_checks"}},
    {"changes", {"outbox", "salesflow.change_feed", "salesflow.change_feed_start", "salesflow.change_subscribers"}},
};

/// Statements that write to others' tables, because what they do is one thing and happens as a whole.
struct Exception {
  Names statements, tables;
  const char* reason;
};
const std::vector<Exception> exceptions{
    {{"approvals.approve_draft", "approvals.send_lead", "approvals.send_followup", "approvals.skip_draft",
      "approvals.skip_lead", "approvals.skip_followup"},
     {"leads", "lead_interactions", "followup_suggestions"},
     "what was decided is noted on the lead"},
    {{"contacts.change_contacts", "contacts.delete_contact"},
     {"deals", "tasks"},
     "what hangs on a contact goes with it"},
    {{"deals.delete_deal"}, {"tasks", "activities"}, "what hangs on a deal stays, without it"},
    {{"deals.create_deal", "deals.update_deal", "tasks.create_task", "tasks.update_task"},
     {"activities"},
     "what happened stands in the contact's history"},
    {{"imports.insert_leads", "imports.update_leads"}, {"leads"}, "rows of files are leads"},
    {{"ops.switch_analytics_mode", "ops.set_analytics_mode"},
     {"salesflow.analytics_mode"},
     "an operator's word for all nodes"},
    {{"ops.set_cache_switch", "ops.flush_cache", "ops.switch_cache", "ops.empty_cache"},
     {"salesflow.cache_switch"},
     "an operator's word for all nodes"},
    {{"leads.delete_lead"}, {"dm_conversations", "message_queue"}, "what hangs on a lead goes with it"},
    {{"notes.create_summary"}, {"tasks"}, "a summary's next steps are tasks"},
    {{"opportunities.import_contacts", "opportunities.import_deals", "opportunities.add_agent"},
     {"contacts", "deals", "users", "org_members"},
     "a folder is contacts, deals and members"},
    {{"scoring.score_lead", "scoring.recalc_scores"}, {"leads"}, "lists of leads order by the score"},
    {{"accounts.provision_organization"}, {"salesflow.adopted_organizations"}, "a late profile joins what was adopted"},
    {{"adoption.insert_organizations", "adoption.insert_members", "adoption.make_profile"},
     {"organizations", "org_members", "users"},
     "people who were there before us"},
};

TEST(Owners, AStatementWritesToItsOwnSlicesTablesOrIsNamed) {
  std::vector<Exception> unused = exceptions;
  for (const CatalogueEntry& entry : all_statements()) {
    const std::string name(entry.query->name);
    const auto own = owners.find(name.substr(0, name.find('.')));
    for (const std::string& table : test::names_in(entry.query->writes)) {
      if (own != owners.end() && own->second.contains(table))
        continue;
      bool is_named = false;
      for (std::size_t i = 0; i < exceptions.size(); ++i) {
        if (!exceptions[i].statements.contains(name) || !exceptions[i].tables.contains(table))
          continue;
        is_named = true;
        unused[i].statements.erase(name);
        unused[i].tables.erase(table);
      }
      EXPECT_TRUE(is_named) << name << " writes to " << table << ", which is another's";
    }
  }
  for (const Exception& one : unused) {
    EXPECT_EQ(one.statements, Names{}) << "need no exception: " << one.reason;
    EXPECT_EQ(one.tables, Names{}) << "need no exception: " << one.reason;
  }
}

TEST(Owners, ATableIsOneRoomsOnly) {
  std::map<std::string, std::string> seen;
  for (const auto& [room, tables] : owners) {
    for (const std::string& table : tables)
      EXPECT_TRUE(seen.emplace(table, room).second) << table << " is of " << room << " and " << seen[table];
  }
}

}  // namespace
}  // namespace salesflow
