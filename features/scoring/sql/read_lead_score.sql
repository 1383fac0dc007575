-- Reads a lead's P-score and the newest verification, enrichment and intent score of it.
-- params:   $1 user_id uuid | $2 lead_id uuid
-- rows:     lead_id uuid | p_score float8? | v_score float8? | e_score float8? | i_score float8? | intent_stage text?
-- index:    leads_user_id_id_key, lead_verifications_user_lead_idx, lead_enrichments_user_lead_idx, lead_intents_user_lead_idx
-- mode:     read
-- place:    user
-- reads:    leads, lead_verifications, lead_enrichments, lead_intents
-- timeout:  1 s
-- budget:   20
SELECT l.id AS lead_id, l.p_score::float8 AS p_score, v.v_score::float8 AS v_score, e.e_score::float8 AS e_score,
       i.i_score::float8 AS i_score, i.intent_stage
FROM leads AS l
LEFT JOIN LATERAL (SELECT s.v_score FROM lead_verifications AS s WHERE s.user_id = $1 AND s.lead_id = l.id
                   ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS v ON true
LEFT JOIN LATERAL (SELECT s.e_score FROM lead_enrichments AS s WHERE s.user_id = $1 AND s.lead_id = l.id
                   ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS e ON true
LEFT JOIN LATERAL (SELECT s.i_score, s.intent_stage FROM lead_intents AS s WHERE s.user_id = $1 AND s.lead_id = l.id
                   ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS i ON true
WHERE l.user_id = $1 AND l.id = $2;
