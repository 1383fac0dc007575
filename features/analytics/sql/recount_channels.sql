-- What became of messages by channel, counted from single rows: exact, and slow where there are many.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 delay_class int4
-- choices:  scope=organization: our_message_rows AS e WHERE e.org_id = $1
-- choices:  scope=user: message_events AS e WHERE e.user_id = $1
-- rows:     at timestamptz | first_day date | last_day date | channel text? | total int8? | inbound int8? | outbound int8? | pending int8? | suggested int8? | approved int8? | sent int8? | skipped int8? |
--           answerable int8? | replies int8?
-- index:    idx_message_events_user_contact_created
-- mode:     read
-- place:    user
-- reads:    message_events, our_message_rows
-- clock:    bounded
-- timeout:  10 s
-- budget:   180000
-- sorts:    the messages of the period, which is what this statement is for
-- note:     IS TRUE keeps the last bound from being one of an index, which a generic plan would think narrow. as recount_templates, of messages with and without a template
WITH asked AS MATERIALIZED (
  SELECT a.first_day, a.last_day, least(a.first_day::timestamp AT TIME ZONE $2, ((a.first_day::timestamp - interval '1 microsecond') AT TIME ZONE $2) + interval '1 microsecond') AS since,
         least((a.last_day + 1)::timestamp AT TIME ZONE $2, (((a.last_day + 1)::timestamp - interval '1 microsecond') AT TIME ZONE $2) + interval '1 microsecond') AS until
  FROM (SELECT coalesce($3, t.last_day - $5 + 1) AS first_day, t.last_day FROM (SELECT coalesce($4, (now() AT TIME ZONE $2)::date) AS last_day) AS t) AS a
), message AS NOT MATERIALIZED (
  SELECT e.id, e.user_id, e.org_id, e.contact_id, e.created_at, e.channel, e.direction, e.autopilot_status FROM /*scope*/
), counted AS (
  SELECT m.channel, m.direction, m.autopilot_status, 1 AS total, m.answerable::int AS answerable,
         (m.answerable AND n.inbound_at - m.created_at <= CASE $6 WHEN 1 THEN interval '1 hour' WHEN 2 THEN interval '1 day' WHEN 3 THEN interval '3 days'
           WHEN 4 THEN interval '7 days' ELSE interval '30 days' END AND (n.outbound_at IS NULL OR n.inbound_at <= n.outbound_at) AND n.inbound_at IS NOT NULL)::int AS replies
  FROM asked AS a CROSS JOIN LATERAL (
    SELECT e.*, e.contact_id IS NOT NULL AND e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped' AS answerable
    FROM message AS e WHERE e.created_at >= a.since AND e.created_at < a.until OFFSET 0) AS m
  LEFT JOIN LATERAL (
    SELECT min(e.created_at) FILTER (WHERE e.direction = 'inbound' AND e.created_at > m.created_at) AS inbound_at,
           min(e.created_at) FILTER (WHERE e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped' AND (e.created_at > m.created_at OR e.id > m.id)) AS outbound_at
    FROM message AS e WHERE e.user_id = m.user_id AND e.contact_id = m.contact_id AND e.org_id IS NOT DISTINCT FROM m.org_id AND e.created_at >= m.created_at
      AND (e.created_at < '9999-12-31 00:00:00+00') IS TRUE OFFSET 0) AS n ON m.answerable
), summed AS (
  SELECT c.channel, sum(c.total)::int8 AS total, (sum(c.total) FILTER (WHERE c.direction = 'inbound'))::int8 AS inbound, (sum(c.total) FILTER (WHERE c.direction = 'outbound'))::int8 AS outbound,
         (sum(c.total) FILTER (WHERE c.autopilot_status = 'pending'))::int8 AS pending, (sum(c.total) FILTER (WHERE c.autopilot_status = 'suggested'))::int8 AS suggested,
         (sum(c.total) FILTER (WHERE c.autopilot_status = 'approved'))::int8 AS approved, (sum(c.total) FILTER (WHERE c.autopilot_status = 'sent'))::int8 AS sent,
         (sum(c.total) FILTER (WHERE c.autopilot_status = 'skipped'))::int8 AS skipped, sum(c.answerable)::int8 AS answerable, sum(c.replies)::int8 AS replies
  FROM counted AS c GROUP BY c.channel
)
SELECT now() AS at, a.first_day, a.last_day, s.channel, s.total, coalesce(s.inbound, 0) AS inbound, coalesce(s.outbound, 0) AS outbound, coalesce(s.pending, 0) AS pending, coalesce(s.suggested, 0) AS suggested,
       coalesce(s.approved, 0) AS approved, coalesce(s.sent, 0) AS sent, coalesce(s.skipped, 0) AS skipped, s.answerable, s.replies
FROM asked AS a LEFT JOIN summed AS s ON true
ORDER BY s.total DESC, s.channel;
