-- Lists a user's open follow-up suggestions with their leads, the longest due first; one keyset page with both counts.
-- params:   $1 user_id uuid | $2 cursor_due_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 at timestamptz | $6 zone text
-- choices:  due=today: AND f.due_at < day.ends_at
-- choices:  due=any: AND true
-- rows:     id uuid | user_id uuid | lead_id uuid | flow text? | stage int4? | template_key text? | channel text | suggested_message text |
--           reason text? | due_at timestamptz | status text | priority text | title text? | task_type text? | source text? |
--           snoozed_until timestamptz? | created_at timestamptz? | is_overdue bool | lead_name text | lead_status text? | temperature text? |
--           temperature_score int2? | score int4? | platform text? | email text? | phone text? | whatsapp text? | instagram text? |
--           company text? | next_follow_up text? | due_total int8 | overdue_total int8 | changes_at timestamptz
-- index:    idx_followup_suggestions_user_due, leads_user_id_id_key
-- mode:     read
-- place:    user
-- reads:    followup_suggestions, leads
-- clock:    valid_until
-- timeout:  2 s
-- budget:   120 + 6 * rows
-- sorts:    two pages that are in order already, into one
-- note:     open is what is pending, and what was snoozed until an instant that has passed. Overdue is what was due before today in
--           the zone. Each of the counts stops at 10,001. An unknown zone is a data exception (22023).
--           changes_at: when the day ends, or the next snoozed one is back. One row at least, for it: with the nil id the page is empty.
SELECT coalesce(f.id, '00000000-0000-0000-0000-000000000000'::uuid) AS id, $1::uuid AS user_id, coalesce(f.lead_id, '00000000-0000-0000-0000-000000000000'::uuid) AS lead_id,
       f.flow, f.stage, f.template_key, coalesce(f.channel, 'WHATSAPP') AS channel, coalesce(f.suggested_message, '') AS suggested_message, f.reason,
       coalesce(f.due_at, '-infinity') AS due_at, 'pending' AS status, coalesce(f.priority, 'medium') AS priority, f.title, f.task_type, f.source, f.snoozed_until, f.created_at,
       coalesce(f.due_at < day.begins_at, false) AS is_overdue, coalesce(l.name, 'Unbekannt') AS lead_name, l.status_key AS lead_status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score < 50 THEN 'cold' ELSE 'warm' END AS temperature,
       l.temperature_score, l.score, l.platform, l.email, l.phone, l.whatsapp, coalesce(nullif(l.instagram_handle, ''), l.instagram) AS instagram,
       l.company, to_json(l.next_follow_up) #>> '{}' AS next_follow_up,
       (SELECT count(*) FROM (SELECT FROM followup_suggestions AS f WHERE f.user_id = $1 AND f.status = 'pending' /*due*/ LIMIT 10001) AS k)
         + (SELECT count(*) FROM (SELECT FROM followup_suggestions AS f WHERE f.user_id = $1 AND f.status = 'snoozed'
                                  AND coalesce(f.snoozed_until, f.due_at) <= $5 /*due*/ LIMIT 10001) AS k) AS due_total,
       (SELECT count(*) FROM (SELECT FROM followup_suggestions AS f WHERE f.user_id = $1 AND f.status = 'pending' AND f.due_at < day.begins_at
                              LIMIT 10001) AS k)
         + (SELECT count(*) FROM (SELECT FROM followup_suggestions AS f WHERE f.user_id = $1 AND f.status = 'snoozed'
                                  AND coalesce(f.snoozed_until, f.due_at) <= $5 AND f.due_at < day.begins_at LIMIT 10001) AS k) AS overdue_total,
       least(day.ends_at, (SELECT CASE WHEN count(*) > 10000 THEN $5
                                       ELSE min(coalesce(k.snoozed_until, k.due_at)) FILTER (WHERE coalesce(k.snoozed_until, k.due_at) > $5) END
                           FROM (SELECT f.snoozed_until, f.due_at FROM followup_suggestions AS f WHERE f.user_id = $1 AND f.status = 'snoozed'
                                 LIMIT 10001) AS k)) AS changes_at
FROM (SELECT date_trunc('day', $5 AT TIME ZONE $6) AT TIME ZONE $6 AS begins_at,
             (date_trunc('day', $5 AT TIME ZONE $6) + interval '1 day') AT TIME ZONE $6 AS ends_at) AS day
LEFT JOIN LATERAL (
  SELECT b.* FROM (
    (SELECT f.* FROM followup_suggestions AS f
     WHERE f.user_id = $1 AND f.status = 'pending' AND (f.due_at, f.id) > ($2, $3) /*due*/
     ORDER BY f.due_at, f.id LIMIT $4)
    UNION ALL
    (SELECT f.* FROM followup_suggestions AS f
     WHERE f.user_id = $1 AND f.status = 'snoozed' AND coalesce(f.snoozed_until, f.due_at) <= $5 AND (f.due_at, f.id) > ($2, $3) /*due*/
     ORDER BY f.due_at, f.id LIMIT $4)) AS b
  ORDER BY b.due_at, b.id LIMIT $4) AS f ON true
LEFT JOIN LATERAL (SELECT r.* FROM leads AS r WHERE r.user_id = $1 AND r.id = f.lead_id LIMIT 1) AS l ON true;
