-- Lists a user's hot leads as of the last refresh of mv_hot_leads, with what is known of each lead now; one keyset page.
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
-- index:    mv_hot_leads_user_idx
-- mode:     read
-- place:    user
-- reads:    my_hot_leads, leads
-- timeout:  2 s
-- budget:   20 + 8 * rows
-- sorts:    some hundred hot leads of one user are read from few pages and sorted as cheaply
-- note:     the view names the user from the setting. Hot here: p_score >= 75 and v_score >= 60 or none. It holds no stage
--           of intent and no asking for a demo.
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, coalesce(l.status_key, lower(l.status), 'new') AS status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score < 50 THEN 'cold' ELSE 'warm' END AS temperature,
       l.temperature_score, l.score, coalesce(nullif(to_jsonb(l.tags), 'null'), '[]') AS tags, l.last_message, l.notes,
       to_json(l.next_follow_up) #>> '{}' AS next_follow_up, l.follow_up_reason, h.p_score::float8 AS p_score, l.p_score_trend, l.last_scored_at,
       l.customer_since, to_jsonb(l.customer_value) AS customer_value, l.customer_type, l.orders_count, l.last_order_at, l.lost_reason, l.whatsapp,
       l.instagram, l.instagram_handle, l.instagram_url, l.facebook, l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel,
       l.next_action, l.next_action_at, l.needs_action, l.do_not_contact, l.preferred_channel, l.vertical, l.position, l.archived_at,
       to_jsonb(l.bant_score) AS bant_score, l.last_contacted::timestamptz AS last_contacted, l.created_at, l.updated_at, l.row_version,
       h.v_score, h.e_score, h.i_score, h.company_name, h.last_activity_at, NULL::text AS intent_stage, false AS requested_demo, h.p_score_key, h.i_score_key
FROM (SELECT k.id, k.p_score, k.v_score::float8 AS v_score, k.e_score::float8 AS e_score, k.i_score::float8 AS i_score, k.company_name::text AS company_name, k.last_activity_at,
             least(k.p_score_key, 10000)::int2 AS p_score_key, least(k.i_score_key, 10000)::int2 AS i_score_key
      FROM my_hot_leads AS k
      WHERE k.p_score_key >= $2 AND (k.p_score_key, k.i_score_key, k.id) < ($3, $4, $5)
      ORDER BY k.p_score_key DESC, k.i_score_key DESC, k.id DESC LIMIT $6) AS h
CROSS JOIN LATERAL (SELECT k.* FROM leads AS k WHERE k.user_id = $1 AND k.id = h.id LIMIT 1) AS l
ORDER BY h.p_score_key DESC, h.i_score_key DESC, h.id DESC;
