-- What became of a user's or an organisation's messages by channel, in days of a time zone.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 delay_class int4
-- choices:  scope=user: user_id
-- choices:  scope=organization: org_id
-- words:    scope=user: messages message_events | replies message_replies | message_days user_message_days | reply_days user_reply_days
-- words:    scope=organization: messages our_message_rows | replies our_message_replies | message_days org_message_days | reply_days org_reply_days
-- rows:     at timestamptz | first_day date | last_day date | channel text? | total int8? | inbound int8? | outbound int8? | pending int8? | suggested int8? | approved int8? | sent int8? | skipped int8? |
--           answerable int8? | replies int8?
-- index:    user_message_days_key, user_reply_days_key, event_invalidations_user, idx_message_events_user_created_direction, message_replies_user_sent
-- indexes:  scope=organization: org_message_days_key, org_reply_days_key, event_invalidations_org, idx_message_events_org_created, message_replies_org_sent
-- mode:     read
-- place:    user
-- reads:    message_events, our_message_rows, our_message_replies
-- clock:    bounded
-- timeout:  5 s
-- budget:   1500
-- sorts:    the channels of the answer, and the messages of single conversations
-- note:     IS TRUE keeps the last bound from being one of an index, which a generic plan would think narrow. as list_templates, of messages with and without a template
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
  SELECT d.channel, d.direction, d.autopilot_status, d.messages AS total, d.answerable, 0::bigint AS replies
  FROM whole AS w JOIN /*message_days*/ AS d ON d./*scope*/ = $1 AND d.day >= w.first_day AND d.day < w.end_day
  WHERE d.day <> ALL (ARRAY(SELECT s.day FROM stale AS s))
  UNION ALL
  SELECT r.channel, r.direction, r.autopilot_status, 1, r.answerable, 0
  FROM piece AS p CROSS JOIN LATERAL (
    SELECT e.channel, e.direction, e.autopilot_status, (e.contact_id IS NOT NULL AND e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped')::int AS answerable
    FROM /*messages*/ AS e WHERE e./*scope*/ = $1 AND e.created_at >= p.since AND e.created_at < p.until OFFSET 0) AS r
  UNION ALL
  SELECT d.channel, NULL, NULL, 0, 0, CASE $6 WHEN 1 THEN d.replies_1h WHEN 2 THEN d.replies_1d WHEN 3 THEN d.replies_3d WHEN 4 THEN d.replies_7d ELSE d.replies_30d END
  FROM whole AS w JOIN /*reply_days*/ AS d ON d./*scope*/ = $1 AND d.day >= w.first_day AND d.day < w.end_day
  UNION ALL
  SELECT r.channel, NULL, NULL, 0, 0, r.sign FROM reply AS r WHERE r.delay_class <= $6
), summed AS (
  SELECT c.channel, sum(c.total)::int8 AS total, (sum(c.total) FILTER (WHERE c.direction = 'inbound'))::int8 AS inbound, (sum(c.total) FILTER (WHERE c.direction = 'outbound'))::int8 AS outbound,
         (sum(c.total) FILTER (WHERE c.autopilot_status = 'pending'))::int8 AS pending, (sum(c.total) FILTER (WHERE c.autopilot_status = 'suggested'))::int8 AS suggested,
         (sum(c.total) FILTER (WHERE c.autopilot_status = 'approved'))::int8 AS approved, (sum(c.total) FILTER (WHERE c.autopilot_status = 'sent'))::int8 AS sent,
         (sum(c.total) FILTER (WHERE c.autopilot_status = 'skipped'))::int8 AS skipped, sum(c.answerable)::int8 AS answerable, sum(c.replies)::int8 AS replies
  FROM counted AS c GROUP BY c.channel HAVING sum(c.total) > 0
)
SELECT now() AS at, a.first_day, a.last_day, s.channel, s.total, coalesce(s.inbound, 0) AS inbound, coalesce(s.outbound, 0) AS outbound, coalesce(s.pending, 0) AS pending, coalesce(s.suggested, 0) AS suggested,
       coalesce(s.approved, 0) AS approved, coalesce(s.sent, 0) AS sent, coalesce(s.skipped, 0) AS skipped, s.answerable, s.replies
FROM asked AS a LEFT JOIN summed AS s ON true
ORDER BY s.total DESC, s.channel;
