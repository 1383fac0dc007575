-- Finds the lead that a new one would repeat: by e-mail, phone, Instagram account or name, in this order.
-- params:   $1 user_id uuid | $2 email text | $3 phone text | $4 instagram text | $5 name text | $6 company text
-- rows:     id uuid | user_id uuid | name text | first_name text? | last_name text? | email text? | phone text? | company text? | platform text? |
--           status text | temperature text | temperature_score int2? | score int4? | tags jsonb | last_message text? | notes text? |
--           next_follow_up text? | follow_up_reason text? | p_score float8? | p_score_trend text? | last_scored_at timestamptz? |
--           customer_since timestamptz? | customer_value jsonb? | customer_type text? | orders_count int4? | last_order_at timestamptz? |
--           lost_reason text? | whatsapp text? | instagram text? | instagram_handle text? | instagram_url text? | facebook text? |
--           linkedin text? | last_contact timestamptz? | last_outreach_at timestamptz? | source text? | source_channel text? |
--           next_action text? | next_action_at timestamptz? | needs_action bool? | do_not_contact bool? | preferred_channel text? |
--           vertical text? | position text? | archived_at timestamptz? | bant_score jsonb? |
--           last_contacted timestamptz? | created_at timestamptz? | updated_at timestamptz? | row_version int8 |
--           matched_by text
-- index:    idx_leads_user_email, idx_leads_user_phone, idx_leads_user_instagram, idx_leads_user_name, leads_user_id_id_key
-- mode:     read
-- place:    mixed
-- reads:    leads, organizations, org_members
-- timeout:  1 s
-- budget:   60
-- sorts:    one row at most, and only where a key is NULL
-- note:     what is not compared is NULL. The function's text becomes a part of this statement.
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, coalesce(l.status_key, lower(l.status), 'new') AS status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score < 50 THEN 'cold' ELSE 'warm' END AS temperature,
       l.temperature_score, l.score, coalesce(nullif(to_jsonb(l.tags), 'null'), '[]') AS tags, l.last_message, l.notes,
       to_json(l.next_follow_up) #>> '{}' AS next_follow_up, l.follow_up_reason, l.p_score::float8 AS p_score, l.p_score_trend, l.last_scored_at,
       l.customer_since, to_jsonb(l.customer_value) AS customer_value, l.customer_type, l.orders_count, l.last_order_at, l.lost_reason, l.whatsapp,
       l.instagram, l.instagram_handle, l.instagram_url, l.facebook, l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel,
       l.next_action, l.next_action_at, l.needs_action, l.do_not_contact, l.preferred_channel, l.vertical, l.position, l.archived_at,
       to_jsonb(l.bant_score) AS bant_score, l.last_contacted::timestamptz AS last_contacted, l.created_at, l.updated_at, l.row_version,
       m.matched_by
FROM (SELECT coalesce(k.by_email, k.by_phone, k.by_instagram, k.by_name) AS id,
             CASE WHEN k.by_email IS NOT NULL THEN 'email' WHEN k.by_phone IS NOT NULL THEN 'phone'
                  WHEN k.by_instagram IS NOT NULL THEN 'instagram' ELSE 'name' END AS matched_by
      FROM public.salesflow_match_lead($1, salesflow_email_key($2), salesflow_phone_key($3, salesflow_country_of($1)), salesflow_instagram_key($4), salesflow_name_key($5), nullif(salesflow_name_key($6), '')) AS k OFFSET 0) AS m
JOIN leads AS l ON l.user_id = $1 AND l.id = m.id;
