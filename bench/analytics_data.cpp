#include "bench/analytics_data.hpp"

#include <fmt/format.h>

namespace salesflow::bench {
namespace {

/// Organisation 1 has 20 %; the others share the rest by rank. Its users are 1 to 200, those of the others follow.
constexpr const char* people_sql = R"(
INSERT INTO organizations (id, name)
SELECT ('00000000-0000-4000-a000-' || lpad(i::text, 12, '0'))::uuid, 'Organisation ' || i FROM generate_series(1, 100) AS i;
CREATE UNLOGGED TABLE analytics_people AS
SELECT row_number() OVER (ORDER BY o.nr, u.nr) AS n, o.nr AS org, greatest(1, 200 / o.nr) AS colleagues,
       CASE WHEN o.nr = 1 THEN 0.2 ELSE 0.8 / o.nr / (SELECT sum(1.0 / i) FROM generate_series(2, 100) AS i) END AS share
FROM generate_series(1, 100) AS o (nr), generate_series(1, greatest(1, 200 / o.nr)) AS u (nr);
ALTER TABLE analytics_people ADD user_id uuid, ADD org_id uuid, ADD upper float8;
UPDATE analytics_people AS p SET user_id = ('00000000-0000-4000-8000-' || lpad(p.n::text, 12, '0'))::uuid,
  org_id = ('00000000-0000-4000-a000-' || lpad(p.org::text, 12, '0'))::uuid, upper = s.upper
FROM (SELECT n, sum(share / colleagues) OVER (ORDER BY n) AS upper FROM analytics_people) AS s WHERE s.n = p.n;
CREATE INDEX ON analytics_people (upper) INCLUDE (user_id, org_id, n);
INSERT INTO users (id, email, password_hash, name, role) SELECT user_id, 'user' || n || '@analytics.example', '!', 'User ' || n, 'user' FROM analytics_people ON CONFLICT DO NOTHING;
INSERT INTO org_members (org_id, user_id, role) SELECT org_id, user_id, 'member' FROM analytics_people ON CONFLICT DO NOTHING;
ANALYZE analytics_people)";

constexpr const char* sessions_sql = R"(
INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, generated_response, generation_model,
                                    response_used, user_rating, outcome, created_at)
SELECT p.user_id, p.org_id, md5(i::text), 'follow_up', '{{"objection_category": "price"}}',
       'Vielen Dank fuer Ihre Nachricht. Gern zeige ich Ihnen in zehn Minuten, was sich fuer Sie aendert.', 'model', i % 2 = 0, 1 + i % 5,
       (ARRAY['converted', 'positive_reply', 'negative_reply', 'no_reply', NULL])[1 + i % 5], r.at
FROM (SELECT i, random() AS share, now() - random() * interval '730 days' AS at FROM generate_series(1, {}) AS i) AS r
CROSS JOIN LATERAL (SELECT p.user_id, p.org_id FROM analytics_people AS p WHERE p.upper >= r.share * 0.999999 ORDER BY p.upper LIMIT 1) AS p)";

/// Half of it goes out, with one of eight templates and three personas, to one of fifty contacts of the user.
constexpr const char* events_sql = R"(
INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, autopilot_status, template_version, persona_variant, created_at)
SELECT p.user_id, p.org_id, ('00000000-0000-4000-9000-' || lpad((p.n * 50 + (r.i * 7) % 50)::text, 12, '0'))::uuid,
       (ARRAY['email', 'whatsapp', 'instagram', 'linkedin', 'facebook'])[1 + r.i % 5], CASE WHEN r.out THEN 'outbound' ELSE 'inbound' END,
       'Guten Tag, vielen Dank fuer Ihr Angebot. Koennen wir am Donnerstag um 10 Uhr telefonieren?',
       CASE WHEN r.out THEN (ARRAY['sent', 'sent', 'sent', 'approved', 'skipped'])[1 + r.i % 5] ELSE 'pending' END,
       CASE WHEN r.out THEN 'v' || r.i % 8 END, CASE WHEN r.out THEN (ARRAY['default', 'friendly', 'formal'])[1 + r.i % 3] END, r.at
FROM (SELECT i, random() < 0.5 AS out, random() AS share, now() - random() * interval '730 days' AS at FROM generate_series(1, {}) AS i) AS r
CROSS JOIN LATERAL (SELECT p.user_id, p.org_id, p.n FROM analytics_people AS p WHERE p.upper >= r.share * 0.999999 ORDER BY p.upper LIMIT 1) AS p)";

constexpr const char* leads_sql = R"(
INSERT INTO leads (user_id, name, email, status, p_score, created_at)
SELECT '{}', 'Lead ' || i, 'lead' || i || '@analytics.example', (ARRAY['new', 'contacted', 'qualified', 'won'])[1 + i % 4],
       (i * 7919) % 101, now() - random() * interval '730 days' FROM generate_series(1, {}) AS i)";

constexpr const char* conversations_sql = R"(
INSERT INTO dm_conversations (user_id, platform, platform_contact_handle, status, priority_score, created_at)
SELECT '{}', (ARRAY['whatsapp', 'linkedin', 'instagram', 'email'])[1 + i % 4], 'handle' || i,
       (ARRAY['new', 'replied', 'needs_human_attention', 'dm_initiated_no_response'])[1 + i % 4], i % 101, now() - random() * interval '100 days'
FROM generate_series(1, {}) AS i)";

constexpr const char* strategy_sql = R"(
CREATE MATERIALIZED VIEW strategy_sessions_daily AS
SELECT org_id, (created_at AT TIME ZONE 'UTC')::date AS session_date, count(*) AS total_sessions,
       count(*) FILTER (WHERE outcome = 'converted') AS conversions, count(*) FILTER (WHERE outcome = 'positive_reply') AS positive_replies,
       avg(composite_reward) AS avg_reward, sum(composite_reward) AS reward_sum, count(DISTINCT user_id) AS active_users
FROM rlhf_feedback_sessions GROUP BY 1, 2;
CREATE UNIQUE INDEX ON strategy_sessions_daily (org_id, session_date);
GRANT SELECT ON strategy_sessions_daily TO salesflow_app)";

}  // namespace

void prepare_analytics(Dataset& data, const std::string& database, const AnalyticsSizes& sizes, Progress& progress) {
  generator::Options little;
  little.sizes = little.sizes.scaled(0.05);
  const std::string ready = fmt::format("SELECT to_regclass('public.strategy_sessions_daily') IS NOT NULL");
  data.prepare(database, little, progress);
  auto session = data.connect(database, Login::superuser);
  if (session.run(ready).value().value() == "t")
    return;
  const auto run = [&](const char* what, const std::string& sql) {
    progress.step(what);
    session.run(sql).value();
  };
  session.run("SET synchronous_commit = off; SELECT setseed(0.42)").value();
  run("people", people_sql);
  run("sessions", fmt::format(sessions_sql, sizes.sessions));
  run("events", fmt::format(events_sql, sizes.events));
  run("leads", fmt::format(leads_sql, analytics_user, sizes.leads));
  run("conversations", fmt::format(conversations_sql, analytics_user, sizes.conversations));
  run("statistics", "VACUUM (ANALYZE)");
  run("summaries", "SELECT salesflow.refresh_summaries(100000000)");
  run("roll-ups", "SELECT salesflow.fold_rollups(100000000)");
  run("vacuum", "VACUUM (FREEZE, ANALYZE)");
  run("the strategy's view", strategy_sql);
  run("its statistics", "ANALYZE strategy_sessions_daily");
  run("checkpoint", "CHECKPOINT");
  data.prepare(database, little, progress);  // into memory
}

}  // namespace salesflow::bench
