-- Lists a user's leads in one of their orders; one keyset page.
-- params:   $1 user_id uuid | $2 cursor_created_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 status_key text | $6 score_min int4 | $7 cursor_p_score_key int2 | $8 cursor_next_follow_up date | $9 due_until date
-- choices:  list=newest: AND (l.created_at, l.id) < ($2, $3) ORDER BY l.created_at DESC, l.id DESC
-- choices:  list=status: AND l.status_key = $5 AND (l.created_at, l.id) < ($2, $3) ORDER BY l.created_at DESC, l.id DESC
-- choices:  list=high_score: AND l.score >= $6 AND (l.created_at, l.id) < ($2, $3) ORDER BY l.created_at DESC, l.id DESC
-- choices:  list=p_score: AND l.p_score_key IS NOT NULL AND (l.p_score_key, l.id) < ($7, $3) ORDER BY l.p_score_key DESC NULLS LAST, l.id DESC
-- choices:  list=follow_up: AND (l.next_follow_up_key, l.id) > ($8, $3) AND l.next_follow_up_key <= $9 ORDER BY l.next_follow_up_key, l.id
-- rows:     id uuid | user_id uuid | name text | first_name text? | last_name text? | email text? | phone text? | company text? |
--           platform text? | status text | temperature text? | temperature_score int2? | score int4? | tags text[] |
--           last_message text? | notes text? | next_follow_up date? | follow_up_reason text? | p_score numeric? |
--           p_score_trend text? | last_scored_at timestamptz? | customer_since timestamptz? | customer_value numeric? |
--           orders_count int4? | lost_reason text? | whatsapp text? | instagram text? | facebook text? | linkedin text? |
--           last_contact timestamptz? | last_outreach_at timestamptz? | source text? | source_channel text? |
--           needs_action bool | vertical text? | position text? | created_at timestamptz | updated_at timestamptz |
--           row_version int8 | p_score_key int2?
-- index:    idx_leads_user_created, idx_leads_status_created, idx_leads_p_score_scored_at, idx_leads_next_followup
-- mode:     read
-- reads:    leads
-- timeout:  2 s
-- budget:   6 + 1 * rows
-- note:     first page: infinity and the highest id; follow_up: -infinity and nil, or the day before the first one asked
--           for and the highest id. $5 in lower case, never lower(status). Leads without a score have no place in p_score.
SELECT l.id, l.user_id, l.name, l.first_name, l.last_name, l.email, l.phone, l.company, l.platform, l.status, l.temperature::text AS temperature,
       l.temperature_score, l.score, l.tags, l.last_message, l.notes, l.next_follow_up, l.follow_up_reason, l.p_score, l.p_score_trend,
       l.last_scored_at, l.customer_since, l.customer_value, l.orders_count, l.lost_reason, l.whatsapp, l.instagram, l.facebook,
       l.linkedin, l.last_contact, l.last_outreach_at, l.source, l.source_channel, l.needs_action, l.vertical, l.position,
       l.created_at, l.updated_at, l.row_version, l.p_score_key
FROM leads AS l
WHERE l.user_id = $1 /*list*/
LIMIT $4;
