// The query catalogue against its promises: every statement and every variant, planned as salesflow_app with custom and
// generic plans on a generated database.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "apps/salesflow/verbs/sample_arguments.hpp"
#include "platform/core/catalogue.hpp"
#include "tests/support/names_in.hpp"
#include "tests/support/plan_check.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// What the generator leaves out, and enough strangers that no table fits on a few pages.
inline constexpr const char* fill_the_rest = R"sql(
INSERT INTO lead_enrichments (user_id, lead_id, e_score) SELECT user_id, id, 50 FROM leads;
INSERT INTO lead_intents (user_id, lead_id, i_score) SELECT user_id, id, 50 FROM leads;
INSERT INTO lead_interactions (user_id, lead_id, interaction_type)
SELECT l.user_id, l.id, 'message_sent' FROM leads AS l, generate_series(1, 3) AS i;
INSERT INTO followup_suggestions (user_id, lead_id, flow, suggested_message, due_at)
SELECT user_id, id, 'follow_up', 'x', now() FROM leads;
INSERT INTO organizations (id, name) SELECT md5('o' || i)::uuid, 'Organisation ' || i FROM generate_series(1, 3000) AS i;
INSERT INTO users (id, email, password_hash, name)
SELECT md5('u' || i)::uuid, 'stranger' || i || '@example.com', 'none', 'Stranger' FROM generate_series(1, 3000) AS i;
INSERT INTO org_members (org_id, user_id, role) SELECT md5('o' || i)::uuid, md5('u' || i)::uuid, 'owner' FROM generate_series(1, 3000) AS i;
INSERT INTO message_events (user_id, org_id, channel, direction, normalized_text, template_version)
SELECT m.user_id, m.org_id, 'email', 'outbound', 'x', 'template ' || i FROM org_members AS m, generate_series(1, 3) AS i;
INSERT INTO org_open_deal_sums_deltas (org_id, pipeline, stage, currency, deals, value, weighted_value)
SELECT id, 'default', 'new', 'EUR', 1, 10, 1 FROM organizations;
INSERT INTO user_conversation_badges_deltas (user_id, platform, status, conversations, unread, unread_messages, contacted, answered)
SELECT md5('u' || i)::uuid, 'email', 'new', 1, 0, 0, 0, 0 FROM generate_series(1, 3000) AS i;
INSERT INTO user_draft_counts_deltas (user_id, pending) SELECT md5('u' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO user_lead_counts_deltas (user_id, rows) SELECT md5('u' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO user_conversation_counts_deltas (user_id, rows) SELECT md5('u' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO user_note_counts_deltas (user_id, rows) SELECT md5('u' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO org_contact_counts_deltas (org_id, rows) SELECT md5('o' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO org_deal_counts_deltas (org_id, rows) SELECT md5('o' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO org_task_counts_deltas (org_id, rows) SELECT md5('o' || i)::uuid, 1 FROM generate_series(1, 3000) AS i;
INSERT INTO tasks (org_id, title, due_at) SELECT id, 'Call', now() FROM organizations;
INSERT INTO tasks (org_id, contact_id, title, due_at) SELECT org_id, id, 'Call', now() FROM contacts;
INSERT INTO activities (org_id, contact_id, type) SELECT org_id, id, 'created' FROM contacts, generate_series(1, 2);
UPDATE contacts SET lat = 48.2 + abs(hashtext(id::text)) % 100 / 1000.0, lng = 16.37 + abs(hashtext(name)) % 100 / 1000.0 WHERE abs(hashtext(id::text)) % 10 = 0;
INSERT INTO dm_sequence_templates (user_id, name) SELECT id, 'Mine' FROM users;
INSERT INTO platform_connections (user_id, platform, is_connected) SELECT id, 'instagram', true FROM users;
INSERT INTO dm_messages (user_id, conversation_id, direction, content, delivery_status, is_ai_generated)
SELECT user_id, id, 'outbound', 'A draft', 'pending', true FROM dm_conversations WHERE status = 'needs_human_attention';
INSERT INTO autopilot_settings (user_id, mode) SELECT id, 'assist' FROM users;
INSERT INTO idempotency_keys (user_id, key, route, body_sha256, status, content_type, headers, body)
SELECT id, 'key', 'POST /', sha256('x'), 200, 'text/plain', '{}', 'x' FROM users;
INSERT INTO tasks (org_id, created_by, assigned_to, title, type, priority, status, due_at, snoozed_until, contact_id, deal_id, created_at)
SELECT m.org_id, m.user_id, m.user_id, 'Task', (ARRAY['followup', 'call', 'email', 'meeting'])[1 + h % 4],
       (ARRAY['low', 'normal', 'high', 'urgent'])[1 + h / 4 % 4],
       (ARRAY['completed', 'completed', 'pending', 'in_progress', 'cancelled', 'snoozed'])[1 + h / 16 % 6],
       now() + (h / 100 % 20000 - 15000) * interval '1 minute', CASE WHEN h / 16 % 6 = 5 THEN now() + (h % 99 - 50) * interval '1 hour' END,
       CASE WHEN h % 50 = 0 THEN (SELECT c.id FROM contacts AS c WHERE c.org_id = m.org_id ORDER BY c.id LIMIT 1) END,
       CASE WHEN h % 50 IN (0, 1) THEN (SELECT d.id FROM deals AS d WHERE d.org_id = m.org_id ORDER BY d.id LIMIT 1) END,
       now() - i * interval '7 minutes'
FROM org_members AS m, generate_series(1, 1000) AS i, abs(hashtext(i || m.user_id::text)) AS h
WHERE m.org_id IN (SELECT c.org_id FROM contacts AS c);
INSERT INTO tasks (org_id, created_by, assigned_to, title, due_at)
SELECT m.org_id, m.user_id, m.user_id, 'Task', now() + i * interval '1 day' FROM org_members AS m, generate_series(-1, 1) AS i;
INSERT INTO import_jobs (id, user_id, kind, options, created_at)
SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(9 + i), 12, '0'))::uuid, u.id, 'leads', '{}', now() - i * interval '1 minute'
FROM users AS u, generate_series(1, 5) AS i;
INSERT INTO import_errors (user_id, job_id, line, field, reason, content)
SELECT j.user_id, j.id, i, 'email', 'is bad', 'x' FROM import_jobs AS j, generate_series(1, 10) AS i;
INSERT INTO message_queue (user_id, lead_id, channel, message, priority, status, approved_at, created_at)
SELECT user_id, id, 'whatsapp', 'x', 50 + h % 51, CASE WHEN h % 3 = 0 THEN 'approved' ELSE 'pending' END, now() - h % 9999 * interval '1 minute',
       now() - interval '400 days'
FROM leads, abs(hashtext(id::text)) AS h WHERE h % 5 > 0;
INSERT INTO followup_suggestions (user_id, lead_id, flow, suggested_message, due_at) SELECT user_id, id, 'f', 'x', now() FROM leads;
INSERT INTO webhook_secrets (user_id, org_id, channel, sealed)
SELECT user_id, org_id, 'email', decode(repeat('00', 40), 'hex') FROM org_members;
INSERT INTO webhook_deliveries (user_id, digest, expires_at) SELECT id, sha256('x'), now() FROM users;
INSERT INTO message_event_ids (user_id, channel, message_id, event_id, created_at)
  SELECT user_id, channel, 'm' || row_number() OVER (), id, created_at FROM message_events;
)sql";

inline std::string title_of(const CatalogueEntry& entry) {
  return fmt::format("{} [{}]", entry.query->name, entry.query->variant);
}

/// Every promise of every statement that has arguments; and the data has rows for each read, and each index that a
/// statement names is used by one of its variants.
inline void check_catalogue(TestDatabase& database, const plans::Tenant& tenant, apps::SampleArguments& arguments) {
  using plans::PlanMode;
  // By statement: indexes that its variants name, and that they scanned.
  std::map<std::string_view, std::set<std::string>> named, scanned;
  std::set<std::string_view> sorting;
  std::size_t planned = 0;
  for (const CatalogueEntry& entry : all_statements()) {
    if (!entry.unplanned.empty())
      continue;
    const auto literals = arguments.of(entry);
    if (!literals) {
      ADD_FAILURE() << literals.error().public_detail;
      continue;
    }
    const Query& query = *entry.query;
    const bool first = !named.contains(query.name);
    named[query.name].merge(query.index.starts_with("none") ? std::set<std::string>() : names_in(query.index));
    if (!entry.sorts.empty())
      sorting.insert(query.name);
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      const auto facts = plans::explain(database.session(Login::app), tenant, query, *literals, mode).value();
      ++planned;
      for (const plans::Verdict verdict : plans::broken_promises(entry, facts)) {
        ADD_FAILURE() << fmt::format("{} {}: {}; {} buffers of {}, {} rows\n{}", title_of(entry), to_string(mode),
                                     to_string(verdict), facts.buffers, plans::budget_of(query.budget, facts.rows),
                                     facts.rows, facts.text);
      }
      if (first && query.mode == QueryMode::read) {
        EXPECT_GT(facts.rows, 0) << title_of(entry) << " finds nothing to be measured by\n" << facts.text;
      }
      scanned[query.name].insert(facts.indexes.begin(), facts.indexes.end());
    }
    // What a write left behind, though rolled back, must not be another statement's cost.
    if (query.mode == QueryMode::write && !query.writes.starts_with("none")) {
      for (const auto& table : names_in(query.writes))
        database.run("VACUUM " + table);
    }
  }
  for (const auto& [statement, indexes] : named) {
    if (sorting.contains(statement))
      continue;  // PostgreSQL may choose among them
    for (const auto& index : indexes)
      EXPECT_TRUE(scanned[statement].contains(index)) << statement << " names " << index << ", which no variant uses";
  }
  EXPECT_GT(planned, 1'000U);
}

}  // namespace salesflow::test
