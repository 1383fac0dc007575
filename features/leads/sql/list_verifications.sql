-- Lists a user's verified leads, the best verification first, without duplicates; one keyset page.
-- params:   $1 user_id uuid | $2 cursor_v_score_key int2 | $3 cursor_lead_id uuid | $4 cursor_id uuid | $5 limit_rows int8 | $6 v_score_key_min int2
-- variants: min: AND v.v_score_key >= $6
-- variants: lead: , (SELECT l.name FROM leads AS l WHERE l.id = v.lead_id AND l.user_id = v.user_id) AS lead_name
-- rows:     id uuid | user_id uuid | lead_id uuid | v_score float8 | v_score_key int2 | v_score_updated_at timestamptz? |
--           email_valid bool? | email_score float8? | phone_valid bool? | phone_score float8? | domain_score float8? |
--           social_score float8? | behavioral_score float8? | is_duplicate bool | created_at timestamptz | updated_at timestamptz |
--           lead_name text (lead)
-- index:    idx_lead_verifications_v_score_duplicate
-- mode:     read
-- place:    user
-- reads:    lead_verifications, leads
-- hotspot:  Q10
-- timeout:  2 s
-- budget:   4 + 1 * rows
-- budgets:  lead: 4 + 5 * rows
-- note:     keys are scores x 100. is_duplicate is not a parameter: as a parameter a generic plan reads the table (3,637).
SELECT v.id, v.user_id, v.lead_id, v.v_score::float8 AS v_score, v.v_score_key, v.v_score_updated_at, v.email_valid, v.email_score::float8 AS email_score, v.phone_valid,
       v.phone_score::float8 AS phone_score, v.domain_score::float8 AS domain_score, v.social_score::float8 AS social_score, v.behavioral_score::float8 AS behavioral_score, coalesce(v.is_duplicate, false) AS is_duplicate, v.created_at, v.updated_at /*lead*/
FROM lead_verifications AS v
WHERE v.user_id = $1 AND v.is_duplicate IS NOT TRUE AND v.v_score_key IS NOT NULL
  AND (v.v_score_key, v.lead_id, v.id) < ($2, $3, $4) /*min*/
ORDER BY v.v_score_key DESC, v.lead_id DESC, v.id DESC
LIMIT $5;
