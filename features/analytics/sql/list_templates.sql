-- What became of a user's or an organisation's messages by template and persona, in days of a time zone: sent, answered, first and last used.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 delay_class int4 | $7 by_channel bool | $8 limit_rows int8 | $9 channel text | $10 template_versions text[]
-- variants: channel: AND c.channel = $9
-- variants: version: AND c.template_version = ANY ($10)
-- choices:  order=most: ORDER BY s.total DESC, s.template_version, s.persona_variant, s.channel
-- choices:  order=best: WHERE s.sent >= 30 ORDER BY (s.replies + 1.9208 - 1.96 * sqrt(s.replies::float8 * (s.answerable - s.replies) / nullif(s.answerable, 0) + 0.9604)) / (s.answerable + 3.8416) DESC NULLS LAST, s.total DESC, s.template_version, s.persona_variant, s.channel
-- choices:  scope=user: user_id
-- choices:  scope=organization: org_id
-- words:    scope=user: messages message_events | replies message_replies | template_days user_template_days | reply_days user_reply_days
-- words:    scope=organization: messages our_message_rows | replies our_message_replies | template_days org_template_days | reply_days org_reply_days
-- rows:     at timestamptz | first_day date | last_day date | groups int8? | template_version text? | persona_variant text? | channel text? | total int8? | sent int8? | approved int8? | skipped int8? |
--           answerable int8? | replies int8? | first_at timestamptz? | last_at timestamptz?
-- index:    user_template_days_key, user_reply_days_key, event_invalidations_user, idx_message_events_user_created_direction, message_replies_user_sent
-- indexes:  scope=organization: org_template_days_key, org_reply_days_key, event_invalidations_org, idx_message_events_org_created, message_replies_org_sent
-- mode:     read
-- place:    user
-- reads:    message_events, our_message_rows, our_message_replies
-- clock:    bounded
-- timeout:  5 s
-- budget:   1500
-- sorts:    the templates of the answer, and the messages of single conversations
-- note:     IS TRUE keeps the last bound from being one of an index, which a generic plan would think narrow. Sums by UTC day where the log has no entry for the day; single messages where it has one, and at the ends of a zone's first and last day. Replies are corrected by conversations in the log: minus
--           what was summed of them, plus what their messages say now (docs/decisions/0048). LATERAL with OFFSET 0 lets the view's rows be found by index. groups: how many there are without the limit
WITH asked AS MATERIALIZED (
  SELECT a.first_day, a.last_day, least(a.first_day::timestamp AT TIME ZONE $2, ((a.first_day::timestamp - interval '1 microsecond') AT TIME ZONE $2) + interval '1 microsecond') AS since,
         least((a.last_day + 1)::timestamp AT TIME ZONE $2, (((a.last_day + 1)::timestamp - interval '1 microsecond') AT TIME ZONE $2) + interval '1 microsecond') AS until
  FROM (SELECT coalesce($3, t.last_day - $5 + 1) AS first_day, t.last_day FROM (SELECT coalesce($4, (now() AT TIME ZONE $2)::date) AS last_day) AS t) AS a
), whole AS MATERIALIZED (
  SELECT a.since, a.until, d.first_day, d.end_day, timezone('UTC', d.first_day::timestamp) AS days_from, timezone('UTC', d.end_day::timestamp) AS days_to
  FROM asked AS a, LATERAL (SELECT (timezone('UTC', a.since) + interval '1 day' - interval '1 microsecond')::date AS first_day, timezone('UTC', a.until)::date AS end_day) AS d
), edge AS MATERIALIZED (
  SELECT w.since, least(w.days_from, w.until) AS until FROM whole AS w WHERE w.since < least(w.days_from, w.until)
  UNION ALL
  SELECT w.days_to, w.until FROM whole AS w WHERE w.first_day <= w.end_day AND w.days_to < w.until
), stale AS MATERIALIZED (
  SELECT DISTINCT l.user_id, l.contact_id, l.day FROM event_invalidations AS l WHERE l./*scope*/ = $1
), piece AS MATERIALIZED (
  SELECT e.since, e.until FROM edge AS e
  UNION ALL
  SELECT timezone('UTC', s.day::timestamp), timezone('UTC', (s.day + 1)::timestamp)
  FROM (SELECT DISTINCT l.day FROM stale AS l) AS s JOIN whole AS w ON s.day >= w.first_day AND s.day < w.end_day
), contact AS MATERIALIZED (
  SELECT DISTINCT s.user_id, s.contact_id FROM stale AS s WHERE s.contact_id IS NOT NULL
), reply AS (
  SELECT r.template_version, r.persona_variant, r.channel, r.delay_class, 1 AS sign
  FROM edge AS e CROSS JOIN LATERAL (
    SELECT m.template_version, m.persona_variant, m.channel, m.delay_class FROM /*replies*/ AS m
    WHERE m./*scope*/ = $1 AND m.sent_at >= e.since AND m.sent_at < e.until OFFSET 0) AS r
  UNION ALL
  SELECT r.template_version, r.persona_variant, r.channel, r.delay_class, -1
  FROM whole AS w CROSS JOIN contact AS c CROSS JOIN LATERAL (
    SELECT m.template_version, m.persona_variant, m.channel, m.delay_class FROM /*replies*/ AS m
    WHERE m./*scope*/ = $1 AND m.user_id = c.user_id AND m.contact_id = c.contact_id AND m.sent_at >= w.since AND m.sent_at < w.until OFFSET 0) AS r
  UNION ALL
  SELECT left(r.template_version, 200), left(r.persona_variant, 200), r.channel,
         CASE WHEN r.delay <= interval '1 hour' THEN 1 WHEN r.delay <= interval '1 day' THEN 2 WHEN r.delay <= interval '3 days' THEN 3
              WHEN r.delay <= interval '7 days' THEN 4 ELSE 5 END, 1
  FROM whole AS w CROSS JOIN contact AS c CROSS JOIN LATERAL (
    SELECT e.template_version, e.persona_variant, e.channel, e.direction, e.created_at, lead(e.direction) OVER o AS next_direction, lead(e.created_at) OVER o - e.created_at AS delay
    FROM /*messages*/ AS e
    WHERE e./*scope*/ = $1 AND e.user_id = c.user_id AND e.contact_id = c.contact_id AND e.created_at >= w.since AND (e.created_at < '9999-12-31 00:00:00+00') IS TRUE
      AND (e.direction = 'inbound' OR e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped')
    WINDOW o AS (PARTITION BY e.org_id ORDER BY e.created_at, e.direction COLLATE "C", e.id) OFFSET 0) AS r
  WHERE r.direction = 'outbound' AND r.next_direction = 'inbound' AND r.delay <= interval '30 days' AND r.created_at < w.until
), counted AS (
  SELECT d.template_version, d.persona_variant, d.channel, d.total, d.sent, d.approved, d.skipped, d.answerable, 0::bigint AS replies, d.first_at, d.last_at
  FROM whole AS w JOIN /*template_days*/ AS d ON d./*scope*/ = $1 AND d.day >= w.first_day AND d.day < w.end_day
  WHERE d.day <> ALL (ARRAY(SELECT s.day FROM stale AS s))
  UNION ALL
  SELECT left(r.template_version, 200), left(r.persona_variant, 200), r.channel, 1, (r.autopilot_status = 'sent')::int, (r.autopilot_status = 'approved')::int,
         (r.autopilot_status = 'skipped')::int, r.answerable, 0, r.created_at, r.created_at
  FROM piece AS p CROSS JOIN LATERAL (
    SELECT e.template_version, e.persona_variant, e.channel, e.autopilot_status, e.created_at, (e.contact_id IS NOT NULL AND e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped')::int AS answerable
    FROM /*messages*/ AS e WHERE e./*scope*/ = $1 AND e.created_at >= p.since AND e.created_at < p.until AND e.template_version IS NOT NULL OFFSET 0) AS r
  UNION ALL
  SELECT d.template_version, d.persona_variant, d.channel, 0, 0, 0, 0, 0, CASE $6 WHEN 1 THEN d.replies_1h WHEN 2 THEN d.replies_1d WHEN 3 THEN d.replies_3d WHEN 4 THEN d.replies_7d ELSE d.replies_30d END, NULL, NULL
  FROM whole AS w JOIN /*reply_days*/ AS d ON d./*scope*/ = $1 AND d.day >= w.first_day AND d.day < w.end_day WHERE d.template_version IS NOT NULL
  UNION ALL
  SELECT r.template_version, r.persona_variant, r.channel, 0, 0, 0, 0, 0, r.sign, NULL, NULL FROM reply AS r WHERE r.delay_class <= $6 AND r.template_version IS NOT NULL
), summed AS (
  SELECT c.template_version, c.persona_variant, CASE WHEN $7 THEN c.channel END AS channel, sum(c.total)::int8 AS total, sum(c.sent)::int8 AS sent, sum(c.approved)::int8 AS approved,
         sum(c.skipped)::int8 AS skipped, sum(c.answerable)::int8 AS answerable, sum(c.replies)::int8 AS replies, min(c.first_at) AS first_at, max(c.last_at) AS last_at
  FROM counted AS c WHERE true /*channel*/ /*version*/ GROUP BY 1, 2, 3 HAVING sum(c.total) > 0
)
SELECT now() AS at, a.first_day, a.last_day, t.groups, t.template_version, t.persona_variant, t.channel, t.total, t.sent, t.approved, t.skipped, t.answerable, t.replies, t.first_at, t.last_at
FROM asked AS a LEFT JOIN (
  SELECT s.*, count(*) OVER () AS groups FROM summed AS s /*order*/ LIMIT $8
) AS t ON true;
