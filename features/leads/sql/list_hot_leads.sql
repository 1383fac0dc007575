-- Lists a user's hot leads, the best first, as they are now; one keyset page.
-- params:   $1 user_id uuid | $2 p_score_key_min int2 | $3 cursor_p_score_key int2 | $4 cursor_id uuid | $5 limit_rows int8
-- rows:     id uuid | user_id uuid | name text | first_name text? | last_name text? | email text? | phone text? | company text? |
--           platform text? | status text | temperature text? | temperature_score int2? | score int4? | tags jsonb |
--           last_message text? | notes text? | next_follow_up text? | follow_up_reason text? | p_score numeric? |
--           p_score_trend text? | last_scored_at timestamptz? | customer_since timestamptz? | customer_value numeric? |
--           orders_count int4? | lost_reason text? | whatsapp text? | instagram text? | facebook text? | linkedin text? |
--           last_contact timestamptz? | last_outreach_at timestamptz? | source text? | source_channel text? |
--           needs_action bool | vertical text? | position text? | created_at timestamptz | updated_at timestamptz |
--           row_version int8 | p_score_key int2?
-- index:    idx_leads_p_score_scored_at
-- mode:     read
-- place:    user
-- reads:    leads
-- hotspot:  Q9
-- timeout:  2 s
-- budget:   4 + 1 * rows
-- note:     keys are scores x 100. First page: 32767 and the highest id.
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, l.status, l.temperature::text AS temperature,
       l.temperature_score, l.score, coalesce(nullif(to_jsonb(l.tags), 'null'), '[]') AS tags, l.last_message, l.notes,
       to_json(l.next_follow_up) #>> '{}' AS next_follow_up, l.follow_up_reason, l.p_score, l.p_score_trend,
       l.last_scored_at, l.customer_since, l.customer_value, l.orders_count, l.lost_reason, l.whatsapp, l.instagram, l.facebook,
       l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel, l.needs_action, l.vertical, l.position,
       l.created_at, l.updated_at, l.row_version, l.p_score_key
FROM leads AS l
WHERE l.user_id = $1 AND l.p_score_key >= $2 AND (l.p_score_key, l.id) < ($3, $4)
ORDER BY l.p_score_key DESC NULLS LAST, l.id DESC
LIMIT $5;
