-- Lists a user's hot leads with their verification, intent and enrichment, as of the last refresh; one keyset page.
-- params:   $1 cursor_p_score_key int4 | $2 cursor_i_score_key int4 | $3 cursor_id uuid | $4 limit_rows int8
-- rows:     id uuid | user_id uuid | name text | email text? | phone text? | p_score numeric | status text | last_scored_at timestamptz? |
--           v_score numeric? | i_score numeric? | e_score numeric? | company_name text? | last_activity_at timestamptz? |
--           p_score_key int4 | i_score_key int4
-- index:    mv_hot_leads_user_idx
-- mode:     read
-- place:    user
-- reads:    leads, lead_verifications, lead_intents, lead_enrichments
-- timeout:  2 s
-- budget:   15 + 4 * rows
-- sorts:    some hundred hot leads of one user are read from few pages and sorted as cheaply
-- note:     the view names the user from the setting. Hot here: p_score >= 75 and v_score >= 60 or none.
SELECT id, user_id, name, email, phone, p_score, status, last_scored_at, v_score, i_score, e_score, company_name,
       last_activity_at, p_score_key, i_score_key
FROM my_hot_leads
WHERE (p_score_key, i_score_key, id) < ($1, $2, $3)
ORDER BY p_score_key DESC, i_score_key DESC, id DESC
LIMIT $4;
