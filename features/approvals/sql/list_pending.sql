-- Lists the drafts that wait for a user's approval, the most urgent first, with their leads and the queue's figures.
-- params:   $1 user_id uuid | $2 cursor_priority int4 | $3 cursor_id uuid | $4 limit_rows int8 | $5 today timestamptz
-- rows:     pending int8 | sent_today int8 | id uuid? | task_id uuid? | channel text? | message text? | status text? | priority int4? |
--           approved_at timestamptz? | ai_model text? | similar_success_ids text? | created_at timestamptz? | updated_at timestamptz? |
--           row_version int8? | lead_id uuid? | lead_name text? | lead_status text? | temperature text? | temperature_score int2? |
--           score int4? | platform text? | email text? | phone text? | whatsapp text? | instagram text? | company text? |
--           next_follow_up text?
-- index:    idx_message_queue_user_pending, idx_message_queue_user_approved
-- mode:     read
-- place:    user
-- reads:    message_queue, user_draft_counts, leads
-- clock:    valid_until
-- timeout:  2 s
-- budget:   150 + 5 * rows
-- note:     one row without a draft when the queue is empty: the figures are wanted all the same. What waits is kept (user_draft_counts); sent_today stops at 10,000. A draft
--           without priority counts as 50.
SELECT stats.pending, stats.sent_today, q.id, q.task_id, q.channel, q.message, q.status, coalesce(q.priority, 50) AS priority, q.approved_at,
       q.ai_model, q.similar_success_ids::text, q.created_at, q.updated_at, q.row_version, q.lead_id, l.name AS lead_name,
       l.status_key AS lead_status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score >= 50 THEN 'warm' WHEN l.temperature_score IS NOT NULL THEN 'cold' END AS temperature,
       l.temperature_score, l.score, l.platform, l.email, l.phone, l.whatsapp, l.instagram, l.company, l.next_follow_up::text
FROM (SELECT (SELECT coalesce(sum(d.pending), 0)::int8 FROM user_draft_counts AS d WHERE d.user_id = $1) AS pending,
             (SELECT count(*) FROM (SELECT 1 FROM message_queue AS m WHERE m.user_id = $1 AND m.status = 'approved' AND m.approved_at >= $5
                                    LIMIT 10000) AS s) AS sent_today) AS stats
LEFT JOIN LATERAL (
  SELECT m.* FROM message_queue AS m
  WHERE m.user_id = $1 AND m.status = 'pending' AND (coalesce(m.priority, 50), m.id) < ($2, $3)
  ORDER BY coalesce(m.priority, 50) DESC, m.id DESC
  LIMIT $4) AS q ON true
LEFT JOIN LATERAL (SELECT r.* FROM leads AS r WHERE r.user_id = $1 AND r.id = q.lead_id LIMIT 1) AS l ON true;
