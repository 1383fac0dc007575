-- Lists a user's leads in an order, or by several filters at once, that no index serves; one keyset page.
-- params:   $1 user_id uuid | $2 cursor_id uuid | $3 limit_rows int8 | $4 cursor_at timestamptz | $5 count_rows int8 | $6 status_key text | $7 score_min int4 | $8 due_from date | $9 due_until date | $10 created_since timestamptz | $11 customer_since timestamptz | $12 cursor_name_key text | $13 cursor_next_follow_up date | $14 cursor_p_score_key int2 | $15 cursor_customer_key timestamptz
-- choices:  total=none: NULL::int8
-- choices:  total=all: (SELECT coalesce(sum(n.rows), 0)::int8 FROM user_lead_counts AS n WHERE n.user_id = $1)
-- choices:  total=filtered: (SELECT count(*) FROM (SELECT FROM leads AS l WHERE l.user_id = $1 AND ($6 IS NULL OR l.status_key = $6) AND ($7 IS NULL OR l.score >= $7) AND l.next_follow_up_key BETWEEN $8 AND $9 AND l.created_at >= $10 AND ($11 IS NULL OR l.customer_key >= $11) LIMIT $5) AS k)
-- choices:  sort=created_desc: AND (l.created_at, l.id) < ($4, $2) ORDER BY l.created_at DESC, l.id DESC
-- choices:  sort=created_asc: AND (l.created_at, l.id) > ($4, $2) ORDER BY l.created_at, l.id
-- choices:  sort=updated_desc: AND (l.updated_at, l.id) < ($4, $2) ORDER BY l.updated_at DESC, l.id DESC
-- choices:  sort=updated_asc: AND (l.updated_at, l.id) > ($4, $2) ORDER BY l.updated_at, l.id
-- choices:  sort=name_desc: AND (l.name_key, l.id) < ($12, $2) ORDER BY l.name_key DESC, l.id DESC
-- choices:  sort=name_asc: AND (l.name_key, l.id) > ($12, $2) ORDER BY l.name_key, l.id
-- choices:  sort=follow_up_desc: AND (l.next_follow_up_key, l.id) < ($13, $2) ORDER BY l.next_follow_up_key DESC, l.id DESC
-- choices:  sort=follow_up_asc: AND (l.next_follow_up_key, l.id) > ($13, $2) ORDER BY l.next_follow_up_key, l.id
-- choices:  sort=p_score_desc: AND (coalesce(l.p_score_key, -1), l.id) < ($14, $2) ORDER BY coalesce(l.p_score_key, -1) DESC, l.id DESC
-- choices:  sort=p_score_asc: AND (coalesce(l.p_score_key, 32767), l.id) > ($14, $2) ORDER BY coalesce(l.p_score_key, 32767), l.id
-- choices:  sort=customers: AND (l.customer_key, l.created_at, l.id) < ($15, $4, $2) ORDER BY l.customer_key DESC, l.created_at DESC, l.id DESC
-- rows:     id uuid | user_id uuid | name text | first_name text? | last_name text? | email text? | phone text? | company text? | platform text? |
--           status text | temperature text | temperature_score int2? | score int4? | tags jsonb | last_message text? | notes text? |
--           next_follow_up text? | follow_up_reason text? | p_score float8? | p_score_trend text? | last_scored_at timestamptz? |
--           customer_since timestamptz? | customer_value jsonb? | customer_type text? | orders_count int4? | last_order_at timestamptz? |
--           lost_reason text? | whatsapp text? | instagram text? | instagram_handle text? | instagram_url text? | facebook text? |
--           linkedin text? | last_contact timestamptz? | last_outreach_at timestamptz? | source text? | source_channel text? |
--           next_action text? | next_action_at timestamptz? | needs_action bool? | do_not_contact bool? | preferred_channel text? |
--           vertical text? | position text? | archived_at timestamptz? | bant_score jsonb? |
--           last_contacted timestamptz? | created_at timestamptz? | updated_at timestamptz? | row_version int8 |
--           name_key text? | next_follow_up_key date? | customer_key timestamptz? | p_score_key int2? | total int8?
-- index:    leads_user_id_id_key, idx_leads_user_created, idx_leads_status_created, idx_leads_next_followup, idx_leads_user_name
-- mode:     read
-- place:    user
-- reads:    leads
-- clock:    valid_until
-- timeout:  2 s
-- budget:   2700 + 1 * rows
-- sorts:    no index has this order: a page reads the user's leads, about one buffer a lead
-- note:     the filters that are off are NULL, or cover all there is: what is read is the same. No index has updated_at, which
--           would make each change of a lead write all of them.
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, coalesce(l.status_key, lower(l.status), 'new') AS status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score < 50 THEN 'cold' ELSE 'warm' END AS temperature,
       l.temperature_score, l.score, coalesce(nullif(to_jsonb(l.tags), 'null'), '[]') AS tags, l.last_message, l.notes,
       to_json(l.next_follow_up) #>> '{}' AS next_follow_up, l.follow_up_reason, l.p_score::float8 AS p_score, l.p_score_trend, l.last_scored_at,
       l.customer_since, to_jsonb(l.customer_value) AS customer_value, l.customer_type, l.orders_count, l.last_order_at, l.lost_reason, l.whatsapp,
       l.instagram, l.instagram_handle, l.instagram_url, l.facebook, l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel,
       l.next_action, l.next_action_at, l.needs_action, l.do_not_contact, l.preferred_channel, l.vertical, l.position, l.archived_at,
       to_jsonb(l.bant_score) AS bant_score, l.last_contacted::timestamptz AS last_contacted, l.created_at, l.updated_at, l.row_version,
       l.name_key, l.next_follow_up_key, l.customer_key, l.p_score_key, /*total*/ AS total
FROM leads AS l
WHERE l.user_id = $1 AND ($6 IS NULL OR l.status_key = $6) AND ($7 IS NULL OR l.score >= $7)
  AND l.next_follow_up_key BETWEEN $8 AND $9 AND l.created_at >= $10 AND ($11 IS NULL OR l.customer_key >= $11)
  /*sort*/
LIMIT $3;
