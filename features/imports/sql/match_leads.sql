-- The leads of the user that have the keys of a batch's rows already.
-- params:   $1 user_id uuid | $2 email_keys text[] | $3 phone_keys text[] | $4 instagram_keys text[] | $5 name_keys text[] | $6 company_keys text[]
-- rows:     n int8 | by_email uuid? | by_phone uuid? | by_instagram uuid? | by_name uuid?
-- index:    idx_leads_user_email, idx_leads_user_phone, idx_leads_user_instagram, idx_leads_user_name
-- mode:     read
-- place:    user
-- reads:    leads
-- timeout:  60 s
-- budget:   60 + 40 * rows
-- note:     one index lookup a key, at most twenty leads behind it. The function's text becomes a part of this statement.
SELECT k.n, m.by_email, m.by_phone, m.by_instagram, m.by_name
FROM unnest($2, $3, $4, $5, $6) WITH ORDINALITY AS k (email_key, phone_key, instagram_key, name_key, company_key, n)
CROSS JOIN LATERAL public.salesflow_match_lead($1, k.email_key COLLATE "C", k.phone_key COLLATE "C", k.instagram_key COLLATE "C",
                                               k.name_key COLLATE "C", k.company_key COLLATE "C") AS m;
