-- Lists a user's hot leads like list_hot_leads, from the tables alone: what that answer is held against.
-- params:   $1 user_id uuid | $2 p_score_key_min int2 | $3 cursor_p_score_key int2 | $4 cursor_i_score_key int2 | $5 cursor_id uuid | $6 limit_rows int8
-- rows:     id uuid | user_id uuid | name text | first_name text? | last_name text? | email text? | phone text? | company text? | platform text? |
--           status text | temperature text | temperature_score int2? | score int4? | tags jsonb | last_message text? | notes text? |
--           next_follow_up text? | follow_up_reason text? | p_score float8? | p_score_trend text? | last_scored_at timestamptz? |
--           customer_since timestamptz? | customer_value jsonb? | customer_type text? | orders_count int4? | last_order_at timestamptz? |
--           lost_reason text? | whatsapp text? | instagram text? | instagram_handle text? | instagram_url text? | facebook text? |
--           linkedin text? | last_contact timestamptz? | last_outreach_at timestamptz? | source text? | source_channel text? |
--           next_action text? | next_action_at timestamptz? | needs_action bool? | do_not_contact bool? | preferred_channel text? |
--           vertical text? | position text? | archived_at timestamptz? | bant_score jsonb? |
--           last_contacted timestamptz? | created_at timestamptz? | updated_at timestamptz? | row_version int8 |
--           v_score float8? | e_score float8? | i_score float8? | company_name text? | last_activity_at timestamptz? |
--           intent_stage text? | requested_demo bool | p_score_key int2 | i_score_key int2
-- index:    idx_leads_p_score_scored_at
-- mode:     read
-- place:    user
-- reads:    leads, lead_verifications, lead_intents, lead_enrichments
-- timeout:  5 s
-- budget:   30000
-- sorts:    all leads at or above the threshold
-- note:     keys are scores x 100. Looks at the satellites of every lead at or above the threshold.
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, coalesce(l.status_key, lower(l.status), 'new') AS status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score < 50 THEN 'cold' ELSE 'warm' END AS temperature,
       l.temperature_score, l.score, coalesce(nullif(to_jsonb(l.tags), 'null'), '[]') AS tags, l.last_message, l.notes,
       to_json(l.next_follow_up) #>> '{}' AS next_follow_up, l.follow_up_reason, l.p_score::float8 AS p_score, l.p_score_trend, l.last_scored_at,
       l.customer_since, to_jsonb(l.customer_value) AS customer_value, l.customer_type, l.orders_count, l.last_order_at, l.lost_reason, l.whatsapp,
       l.instagram, l.instagram_handle, l.instagram_url, l.facebook, l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel,
       l.next_action, l.next_action_at, l.needs_action, l.do_not_contact, l.preferred_channel, l.vertical, l.position, l.archived_at,
       to_jsonb(l.bant_score) AS bant_score, l.last_contacted::timestamptz AS last_contacted, l.created_at, l.updated_at, l.row_version,
       h.v_score, h.e_score, h.i_score, h.company_name, h.last_activity_at, h.intent_stage, h.requested_demo, h.p_score_key, h.i_score_key
FROM (SELECT k.id, k.p_score_key, coalesce(i.i_score_key, -1)::int2 AS i_score_key, v.v_score, i.i_score, i.last_activity_at, i.intent_stage,
             coalesce(i.requested_demo, false) AS requested_demo, e.e_score, e.company_name
      FROM (SELECT c.id, c.p_score_key FROM leads AS c WHERE c.user_id = $1 AND c.p_score_key IS NOT NULL AND c.p_score_key >= $2) AS k
      LEFT JOIN LATERAL (SELECT s.v_score::float8 AS v_score, s.v_score_key, s.is_duplicate FROM lead_verifications AS s
                         WHERE s.user_id = $1 AND s.lead_id = k.id ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS v ON true
      LEFT JOIN LATERAL (SELECT s.i_score::float8 AS i_score, s.i_score_key, s.last_activity_at, left(s.intent_stage, 200) AS intent_stage, s.requested_demo
                         FROM lead_intents AS s WHERE s.user_id = $1 AND s.lead_id = k.id ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS i ON true
      LEFT JOIN LATERAL (SELECT s.e_score::float8 AS e_score, left(s.company_name, 200) AS company_name FROM lead_enrichments AS s
                         WHERE s.user_id = $1 AND s.lead_id = k.id ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS e ON true
      WHERE v.is_duplicate IS NOT TRUE AND (v.v_score_key IS NULL OR v.v_score_key >= 6000)
        AND (k.p_score_key, coalesce(i.i_score_key, -1), k.id) < ($3, $4, $5)
      ORDER BY k.p_score_key DESC, i_score_key DESC, k.id DESC LIMIT $6) AS h
CROSS JOIN LATERAL (SELECT k.* FROM leads AS k WHERE k.user_id = $1 AND k.id = h.id LIMIT 1) AS l
ORDER BY h.p_score_key DESC, h.i_score_key DESC, h.id DESC;
