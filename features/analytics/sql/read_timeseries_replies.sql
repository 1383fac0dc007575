-- Counts messages that were answered in time, of a user or an organisation, by the day, week or month in which they were sent, and by channel or template.
-- params:   $1 tenant uuid | $2 zone text | $3 first_day date | $4 last_day date | $5 days int4 | $6 at timestamptz | $7 unit text | $8 delay_class int4
-- choices:  by=none: NULL::text
-- choices:  by=channel: m.channel
-- choices:  by=template_version: m.template_version
-- choices:  scope=user: user_id
-- choices:  scope=organization: org_id
-- words:    scope=user: messages message_events | replies message_replies | reply_days user_reply_days
-- words:    scope=organization: messages our_message_rows | replies our_message_replies | reply_days org_reply_days
-- rows:     first_day date | last_day date | bucket date? | starts_at timestamptz? | key text? | to_key text? | name text? | currency text? |
--           count int8? | value json? | average float8? | median float8? | known_since timestamptz? | as_of timestamptz
-- index:    user_reply_days_key, message_replies_user_sent, event_invalidations_user, idx_message_events_user_contact_created
-- indexes:  scope=organization: org_reply_days_key, message_replies_org_sent, event_invalidations_org, idx_message_events_user_contact_created
-- mode:     read
-- place:    mixed
-- reads:    user_reply_days, message_replies, message_events, event_invalidations, org_reply_days, our_message_rows, our_message_replies
-- clock:    bounded
-- timeout:  5 s
-- budget:   2500 + 2 * rows
-- sorts:    the answer's rows, and messages of single conversations
-- note:     delay_class: 1 to 5, an answer within an hour, a day, 3, 7 or 30 days. UTC days are kept (migration 0083, decisions/0048). Where a bucket
--           of the zone begins before or after the UTC day of its date, the replies between are moved from one bucket to the other; of conversations
--           that stand in the log the kept replies are taken away and their messages asked instead.
--           A row of each bucket, also of an empty one, and one of the whole range without bucket. Buckets are local days, ISO weeks or
--           months of the zone, the first and the last cut to the range. Without first or last day the range is the `days` until today.
WITH range AS MATERIALIZED (
  SELECT d.first_day, d.last_day, salesflow.day_start(d.first_day, $2) AS starts_at, salesflow.day_start(d.last_day + 1, $2) AS ends_at
  FROM (SELECT coalesce($3, l.last_day - ($5 - 1)) AS first_day, l.last_day FROM (SELECT coalesce($4, ($6 AT TIME ZONE $2)::date) AS last_day) AS l) AS d
), bucket AS MATERIALIZED (
  SELECT g.at, greatest(g.at::date, r.first_day) AS day, lag(g.at) OVER (ORDER BY g.at) AS before
  FROM range AS r CROSS JOIN LATERAL generate_series(date_trunc($7, r.first_day::timestamp), r.last_day::timestamp, ('1 ' || $7)::interval) AS g (at)
), edge AS MATERIALIZED (
  SELECT least(e.local_at, e.utc_at) AS since, greatest(e.local_at, e.utc_at) AS until,
         CASE WHEN e.local_at < e.utc_at THEN e.after ELSE e.before END AS gains, CASE WHEN e.local_at < e.utc_at THEN e.before ELSE e.after END AS loses
  FROM (SELECT b.at AS after, b.before, salesflow.day_start(b.day, $2) AS local_at, timezone('UTC', b.day::timestamp) AS utc_at FROM bucket AS b
        UNION ALL
        SELECT NULL, (SELECT max(b.at) FROM bucket AS b), r.ends_at, timezone('UTC', (r.last_day + 1)::timestamp) FROM range AS r WHERE r.first_day <= r.last_day) AS e
  WHERE e.local_at <> e.utc_at
), contact AS MATERIALIZED (
  SELECT DISTINCT l.user_id, l.contact_id FROM event_invalidations AS l WHERE l./*scope*/ = $1 AND l.contact_id IS NOT NULL
), counted AS (
  SELECT date_trunc($7, m.day::timestamp) AS at, /*by*/ AS key, (CASE $8 WHEN 1 THEN m.replies_1h WHEN 2 THEN m.replies_1d WHEN 3 THEN m.replies_3d WHEN 4 THEN m.replies_7d ELSE m.replies_30d END) AS count
  FROM range AS r JOIN /*reply_days*/ AS m ON m./*scope*/ = $1 AND m.day >= r.first_day AND m.day <= r.last_day
  UNION ALL
  SELECT v.at, c.key, v.sign * c.count
  FROM edge AS p
  CROSS JOIN LATERAL (SELECT /*by*/ AS key, count(*) AS count FROM /*replies*/ AS m
                      WHERE m./*scope*/ = $1 AND m.sent_at >= p.since AND m.sent_at < p.until AND m.delay_class <= $8 GROUP BY 1 OFFSET 0) AS c
  CROSS JOIN LATERAL (VALUES (p.gains, 1), (p.loses, -1)) AS v (at, sign)
  WHERE v.at IS NOT NULL
  UNION ALL
  SELECT date_trunc($7, m.sent_at AT TIME ZONE $2), /*by*/, -1
  FROM range AS r CROSS JOIN contact AS c CROSS JOIN LATERAL (
    SELECT m.channel, m.template_version, m.sent_at FROM /*replies*/ AS m
    WHERE m./*scope*/ = $1 AND m.user_id = c.user_id AND m.contact_id = c.contact_id AND m.sent_at >= r.starts_at AND m.sent_at < r.ends_at
      AND m.delay_class <= $8 OFFSET 0) AS m
  UNION ALL
  SELECT date_trunc($7, m.created_at AT TIME ZONE $2), /*by*/, 1
  FROM range AS r CROSS JOIN contact AS c CROSS JOIN LATERAL (
    SELECT m.channel, left(m.template_version, 200) AS template_version, m.direction, m.created_at, lead(m.direction) OVER o AS next_direction,
           lead(m.created_at) OVER o - m.created_at AS delay
    FROM /*messages*/ AS m
    WHERE m./*scope*/ = $1 AND m.user_id = c.user_id AND m.contact_id = c.contact_id AND m.created_at >= r.starts_at AND m.created_at < '9999-12-31 00:00:00+00'
      AND (m.direction = 'inbound' OR m.direction = 'outbound' AND m.autopilot_status IS DISTINCT FROM 'skipped')
    WINDOW o AS (PARTITION BY m.org_id ORDER BY m.created_at, m.direction COLLATE "C", m.id) OFFSET 0) AS m
  WHERE m.direction = 'outbound' AND m.next_direction = 'inbound' AND m.created_at < r.ends_at
    AND m.delay <= CASE $8 WHEN 1 THEN interval '1 hour' WHEN 2 THEN interval '1 day' WHEN 3 THEN interval '3 days' WHEN 4 THEN interval '7 days' ELSE interval '30 days' END
), summed AS (
  SELECT coalesce(c.at, 'infinity') AS at, c.key, sum(c.count)::int8 AS count FROM counted AS c
  GROUP BY GROUPING SETS ((c.at, c.key), (c.key)) HAVING sum(c.count) <> 0
)
SELECT r.first_day, r.last_day, CASE WHEN b.at < 'infinity' THEN b.at::date END AS bucket,
       CASE WHEN b.at < 'infinity' THEN salesflow.day_start(b.day, $2) END AS starts_at,
       s.key, NULL AS to_key, NULL AS name, NULL AS currency, s.count, NULL::json AS value, NULL::float8 AS average, NULL::float8 AS median,
       NULL::timestamptz AS known_since, now() AS as_of
FROM range AS r
CROSS JOIN (SELECT k.at, k.day FROM bucket AS k UNION ALL SELECT 'infinity', NULL) AS b
LEFT JOIN summed AS s ON s.at = b.at
ORDER BY b.at, s.key;
