-- Makes a lead, or finds the one it would repeat: by e-mail, phone, Instagram account or name, in this order.
-- params:   $1 user_id uuid | $2 email text | $3 phone text | $4 instagram text | $5 name text | $6 company text | $7 id uuid | $8 lead jsonb
-- rows:     id uuid | user_id uuid | name text | first_name text? | last_name text? | email text? | phone text? | company text? | platform text? |
--           status text | temperature text | temperature_score int2? | score int4? | tags jsonb | last_message text? | notes text? |
--           next_follow_up text? | follow_up_reason text? | p_score float8? | p_score_trend text? | last_scored_at timestamptz? |
--           customer_since timestamptz? | customer_value jsonb? | customer_type text? | orders_count int4? | last_order_at timestamptz? |
--           lost_reason text? | whatsapp text? | instagram text? | instagram_handle text? | instagram_url text? | facebook text? |
--           linkedin text? | last_contact timestamptz? | last_outreach_at timestamptz? | source text? | source_channel text? |
--           next_action text? | next_action_at timestamptz? | needs_action bool? | do_not_contact bool? | preferred_channel text? |
--           vertical text? | position text? | archived_at timestamptz? | bant_score jsonb? |
--           last_contacted timestamptz? | created_at timestamptz? | updated_at timestamptz? | row_version int8 |
--           was_created bool
-- index:    idx_leads_user_email, idx_leads_user_phone, idx_leads_user_instagram, idx_leads_user_name, leads_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   leads
-- timeout:  2 s
-- budget:   90
-- sorts:    one row at most, and only where a key is NULL
-- note:     runs behind lock_new_leads in the same Sync: of two that make the same lead at once, the second finds it.
--           jsonb_populate_record fits each member to its column, whatever type that was found with.
WITH found AS MATERIALIZED (
  SELECT coalesce(k.by_email, k.by_phone, k.by_instagram, k.by_name) AS id
  FROM public.salesflow_match_lead($1, salesflow_email_key($2), salesflow_phone_key($3, salesflow_country_of($1)), salesflow_instagram_key($4), salesflow_name_key($5), nullif(salesflow_name_key($6), '')) AS k
), created AS (
  INSERT INTO public.leads (id, user_id, name, first_name, last_name, email, phone, company, platform, status, temperature_score, score,
                     tags, last_message, notes, next_follow_up, follow_up_reason, customer_since, customer_value,
                     customer_type, orders_count, last_order_at, lost_reason, whatsapp, instagram, instagram_handle,
                     instagram_url, facebook, linkedin, last_contact, last_outreach_at, source, source_channel,
                     next_action, next_action_at, needs_action, do_not_contact, preferred_channel, vertical, position,
                     archived_at)
  SELECT $7, $1, r.name, r.first_name, r.last_name, r.email, r.phone, r.company, r.platform, r.status, r.temperature_score,
         r.score, r.tags, r.last_message, r.notes, r.next_follow_up, r.follow_up_reason,
         coalesce(r.customer_since, CASE WHEN lower(r.status) = 'won' THEN now() END), r.customer_value,
         r.customer_type, r.orders_count, r.last_order_at, r.lost_reason, r.whatsapp, r.instagram, r.instagram_handle,
         r.instagram_url, r.facebook, r.linkedin, r.last_contact, r.last_outreach_at, r.source, r.source_channel,
         r.next_action, r.next_action_at, r.needs_action, r.do_not_contact, r.preferred_channel, r.vertical,
         r.position, r.archived_at
  FROM jsonb_populate_record(NULL::public.leads, '{"platform": "WhatsApp", "status": "new", "temperature_score": 50, "score": 0, "tags": [],
         "customer_value": 0, "customer_type": "kunde", "orders_count": 0, "source_channel": "unknown", "needs_action": false,
         "do_not_contact": false, "preferred_channel": "WHATSAPP"}'::jsonb || $8) AS r
  WHERE (SELECT f.id FROM found AS f) IS NULL
  RETURNING *
)
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, coalesce(l.status_key, lower(l.status), 'new') AS status,
       CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score < 50 THEN 'cold' ELSE 'warm' END AS temperature,
       l.temperature_score, l.score, coalesce(nullif(to_jsonb(l.tags), 'null'), '[]') AS tags, l.last_message, l.notes,
       to_json(l.next_follow_up) #>> '{}' AS next_follow_up, l.follow_up_reason, l.p_score::float8 AS p_score, l.p_score_trend, l.last_scored_at,
       l.customer_since, nullif(to_jsonb(l.customer_value), '"NaN"') AS customer_value, l.customer_type, l.orders_count, l.last_order_at, l.lost_reason, l.whatsapp,
       l.instagram, l.instagram_handle, l.instagram_url, l.facebook, l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel,
       l.next_action, l.next_action_at, l.needs_action, l.do_not_contact, l.preferred_channel, l.vertical, l.position, l.archived_at,
       to_jsonb(l.bant_score) AS bant_score, l.last_contacted::timestamptz AS last_contacted, l.created_at, l.updated_at, l.row_version,
       l.was_created
FROM (SELECT c.*, true AS was_created FROM created AS c
      UNION ALL
      SELECT k.*, false AS was_created FROM public.leads AS k WHERE k.user_id = $1 AND k.id = (SELECT f.id FROM found AS f)) AS l;
