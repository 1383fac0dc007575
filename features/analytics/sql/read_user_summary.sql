-- A user's figures of the last days: leads, messages, conversations, deals by currency, feedback.
-- params:   $1 user_id uuid | $2 days int4 | $3 at timestamptz | $4 org_id uuid
-- rows:     leads int8 | hot_leads int8 | new_leads int8 | inbound_messages int8 | outbound_messages int8 | pending_events int8 |
--           open_conversations int8 | currency text | open_deals int8 | open_deals_value json? | open_deals_by_currency json | won_deals int8 |
--           won_deals_value json? | won_deals_by_currency json | feedback_sessions int8 | conversions int8
-- index:    idx_message_events_user_created_direction
-- mode:     read
-- place:    mixed
-- reads:    user_lead_standings, user_lead_arrivals, leads, message_events, dm_conversations, deals, organizations, rlhf_feedback_sessions
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  5 s
-- budget:   2500
-- sorts:    a handful of currencies
-- note:     as get_user_analytics_summary (0310), which sums deals whatever their currency. Of the first of the days only a part counts; its leads
--           are looked at. A value is of the organisation's currency, and NULL when a deal has another; what is no number counts as 0.
--           A buffer for each open deal of the user, whose currency no index holds (1,860 at 1,838).
WITH asked AS MATERIALIZED (
  SELECT $3 - make_interval(days => $2) AS since
), own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $4), 'EUR') AS currency
), opened AS MATERIALIZED (
  SELECT currency_code(k.currency) AS currency, sum(k.deals)::int8 AS deals, sum(k.value) AS value
  FROM (SELECT d.currency, count(*) AS deals, coalesce(sum(d.value) FILTER (WHERE d.value > '-Infinity' AND d.value < 'Infinity'), 0) AS value
        FROM deals AS d WHERE d.org_id = $4 AND d.owner_id = $1 AND d.closed_at IS NULL GROUP BY 1) AS k GROUP BY 1
), won AS MATERIALIZED (
  SELECT currency_code(k.currency) AS currency, sum(k.deals)::int8 AS deals, sum(k.value) AS value
  FROM (SELECT d.currency, count(*) AS deals, coalesce(sum(d.value) FILTER (WHERE d.value > '-Infinity' AND d.value < 'Infinity'), 0) AS value
        FROM deals AS d WHERE d.org_id = $4 AND d.owner_id = $1 AND d.closed_at IS NOT NULL AND d.won AND d.closed_at >= (SELECT a.since FROM asked AS a) GROUP BY 1) AS k GROUP BY 1
)
SELECT g.leads, g.hot_leads,
       (SELECT coalesce(sum(n.leads), 0)::int8
        FROM (SELECT k.leads FROM user_lead_arrivals AS k WHERE k.user_id = $1 AND k.day > timezone('UTC', a.since)::date
              UNION ALL
              SELECT count(*) FROM leads AS l
              WHERE l.user_id = $1 AND l.created_at >= a.since AND l.created_at < date_trunc('day', a.since, 'UTC') + interval '24 hours') AS n) AS new_leads,
       m.inbound AS inbound_messages, m.outbound AS outbound_messages,
       (SELECT count(*) FROM message_events AS e WHERE e.user_id = $1 AND e.autopilot_status = 'pending') AS pending_events,
       (SELECT count(*) FROM dm_conversations AS c WHERE c.user_id = $1 AND c.status NOT IN ('archived', 'unsubscribed')) AS open_conversations,
       own.currency, o.deals AS open_deals, to_json(o.value) AS open_deals_value, o.by_currency AS open_deals_by_currency,
       w.deals AS won_deals, to_json(w.value) AS won_deals_value, w.by_currency AS won_deals_by_currency, f.sessions AS feedback_sessions, f.conversions
FROM asked AS a CROSS JOIN own
CROSS JOIN LATERAL (
  SELECT coalesce(sum(s.leads), 0)::int8 AS leads, coalesce(sum(s.from_75), 0)::int8 AS hot_leads FROM user_lead_standings AS s WHERE s.user_id = $1) AS g
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE e.direction = 'inbound') AS inbound, count(*) FILTER (WHERE e.direction = 'outbound') AS outbound
  FROM message_events AS e WHERE e.user_id = $1 AND e.created_at >= a.since) AS m
CROSS JOIN LATERAL (
  SELECT coalesce(sum(s.deals), 0)::int8 AS deals, CASE WHEN coalesce(bool_and(s.currency = own.currency), true) THEN coalesce(sum(s.value), 0) END AS value,
         coalesce(json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency)) ORDER BY s.currency), '[]') AS by_currency
  FROM opened AS s) AS o
CROSS JOIN LATERAL (
  SELECT coalesce(sum(s.deals), 0)::int8 AS deals, CASE WHEN coalesce(bool_and(s.currency = own.currency), true) THEN coalesce(sum(s.value), 0) END AS value,
         coalesce(json_agg(json_build_object('currency', s.currency, 'count', s.deals, 'value', money_text(s.value, s.currency)) ORDER BY s.currency), '[]') AS by_currency
  FROM won AS s) AS w
CROSS JOIN LATERAL (
  SELECT count(*) AS sessions, count(*) FILTER (WHERE s.outcome = 'converted') AS conversions
  FROM rlhf_feedback_sessions AS s WHERE s.user_id = $1 AND s.created_at >= a.since) AS f;
