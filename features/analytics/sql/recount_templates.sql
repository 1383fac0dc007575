-- What became of messages by template and persona, counted from single rows: exact, and slow where there are many.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 delay_class int4 | $7 by_channel bool | $8 limit_rows int8 | $9 channel text | $10 template_versions text[]
-- variants: channel: AND c.channel = $9
-- variants: version: AND c.template_version = ANY ($10)
-- choices:  order=most: ORDER BY s.total DESC, s.template_version, s.persona_variant, s.channel
-- choices:  order=best: WHERE s.sent >= 30 ORDER BY (s.replies + 1.9208 - 1.96 * sqrt(s.replies::float8 * (s.answerable - s.replies) / nullif(s.answerable, 0) + 0.9604)) / (s.answerable + 3.8416) DESC NULLS LAST, s.total DESC, s.template_version, s.persona_variant, s.channel
-- choices:  scope=organization: our_message_rows AS e WHERE e.org_id = $1
-- choices:  scope=user: message_events AS e WHERE e.user_id = $1
-- rows:     at timestamptz | first_day date | last_day date | groups int8? | template_version text? | persona_variant text? | channel text? | total int8? | sent int8? | approved int8? | skipped int8? |
--           answerable int8? | replies int8? | first_at timestamptz? | last_at timestamptz?
-- index:    idx_message_events_user_contact_created
-- mode:     read
-- place:    user
-- reads:    message_events, our_message_rows
-- clock:    bounded
-- timeout:  10 s
-- budget:   120000
-- sorts:    the messages of the period, which is what this statement is for
-- note:     IS TRUE keeps the last bound from being one of an index, which a generic plan would think narrow. ANALYTICS_MODE=raw, and what proves the figures of live. An answer here is the first inbound message after an outbound one, unless another outbound one stands between them
WITH asked AS MATERIALIZED (
  SELECT a.first_day, a.last_day, least(a.first_day::timestamp AT TIME ZONE $2, ((a.first_day::timestamp - interval '1 microsecond') AT TIME ZONE $2) + interval '1 microsecond') AS since,
         least((a.last_day + 1)::timestamp AT TIME ZONE $2, (((a.last_day + 1)::timestamp - interval '1 microsecond') AT TIME ZONE $2) + interval '1 microsecond') AS until
  FROM (SELECT coalesce($3, t.last_day - $5 + 1) AS first_day, t.last_day FROM (SELECT coalesce($4, (now() AT TIME ZONE $2)::date) AS last_day) AS t) AS a
), message AS NOT MATERIALIZED (
  SELECT e.id, e.user_id, e.org_id, e.contact_id, e.created_at, e.channel, e.direction, e.autopilot_status, e.template_version, e.persona_variant FROM /*scope*/
), counted AS (
  SELECT left(m.template_version, 200) AS template_version, left(m.persona_variant, 200) AS persona_variant, m.channel, m.autopilot_status, m.created_at,
         m.answerable, m.answerable AND n.inbound_at - m.created_at <= CASE $6 WHEN 1 THEN interval '1 hour' WHEN 2 THEN interval '1 day' WHEN 3 THEN interval '3 days'
           WHEN 4 THEN interval '7 days' ELSE interval '30 days' END AND (n.outbound_at IS NULL OR n.inbound_at <= n.outbound_at) AS answered
  FROM asked AS a CROSS JOIN LATERAL (
    SELECT e.*, e.contact_id IS NOT NULL AND e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped' AS answerable
    FROM message AS e WHERE e.created_at >= a.since AND e.created_at < a.until AND e.template_version IS NOT NULL OFFSET 0) AS m
  LEFT JOIN LATERAL (
    SELECT min(e.created_at) FILTER (WHERE e.direction = 'inbound' AND e.created_at > m.created_at) AS inbound_at,
           min(e.created_at) FILTER (WHERE e.direction = 'outbound' AND e.autopilot_status IS DISTINCT FROM 'skipped' AND (e.created_at > m.created_at OR e.id > m.id)) AS outbound_at
    FROM message AS e WHERE e.user_id = m.user_id AND e.contact_id = m.contact_id AND e.org_id IS NOT DISTINCT FROM m.org_id AND e.created_at >= m.created_at
      AND (e.created_at < '9999-12-31 00:00:00+00') IS TRUE OFFSET 0) AS n ON m.answerable
), summed AS (
  SELECT c.template_version, c.persona_variant, CASE WHEN $7 THEN c.channel END AS channel, count(*) AS total, count(*) FILTER (WHERE c.autopilot_status = 'sent') AS sent,
         count(*) FILTER (WHERE c.autopilot_status = 'approved') AS approved, count(*) FILTER (WHERE c.autopilot_status = 'skipped') AS skipped,
         count(*) FILTER (WHERE c.answerable) AS answerable, count(*) FILTER (WHERE c.answered) AS replies, min(c.created_at) AS first_at, max(c.created_at) AS last_at
  FROM counted AS c WHERE true /*channel*/ /*version*/ GROUP BY 1, 2, 3
)
SELECT now() AS at, a.first_day, a.last_day, t.groups, t.template_version, t.persona_variant, t.channel, t.total, t.sent, t.approved, t.skipped, t.answerable, t.replies, t.first_at, t.last_at
FROM asked AS a LEFT JOIN (
  SELECT s.*, count(*) OVER () AS groups FROM summed AS s /*order*/ LIMIT $8
) AS t ON true;
