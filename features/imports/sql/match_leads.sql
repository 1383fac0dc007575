-- The keys of a batch's rows, and the leads of the user that have them already.
-- params:   $1 user_id uuid | $2 instagrams text[] | $3 emails text[] | $4 phones text[] | $5 names text[]
-- rows:     n int8 | instagram_key text? | email_key text? | phone_key text? | name_key text? | by_instagram uuid? | by_email uuid? | by_phone uuid? | by_name uuid?
-- index:    idx_leads_user_instagram, idx_leads_user_email, idx_leads_user_phone, idx_leads_user_name
-- mode:     read
-- place:    user
-- reads:    leads
-- timeout:  60 s
-- budget:   60 + 40 * rows
-- note:     one index lookup a key; OFFSET 0 keeps each key from being made twice. BETWEEN and ORDER BY instead of =: of a
--           tenant that the statistics do not know one row is expected, so that any index on user_id seems as good;
--           only the one that is meant comes in this order without a sort.
SELECT k.n, k.instagram_key, k.email_key, k.phone_key, k.name_key, a.id, b.id, c.id, d.id
FROM (SELECT i.n, public.salesflow_instagram_key(i.instagram) COLLATE "C" AS instagram_key,
             public.salesflow_email_key(i.email) COLLATE "C" AS email_key,
             public.salesflow_phone_key(i.phone) COLLATE "C" AS phone_key,
             public.salesflow_name_key(i.name) COLLATE "C" AS name_key
      FROM unnest($2, $3, $4, $5) WITH ORDINALITY AS i (instagram, email, phone, name, n) OFFSET 0) AS k
LEFT JOIN LATERAL (SELECT l.id FROM leads AS l WHERE l.user_id = $1 AND l.instagram_key BETWEEN k.instagram_key AND k.instagram_key AND l.instagram_key IS NOT NULL ORDER BY l.instagram_key LIMIT 1) AS a ON true
LEFT JOIN LATERAL (SELECT l.id FROM leads AS l WHERE l.user_id = $1 AND l.email_key BETWEEN k.email_key AND k.email_key AND l.email_key IS NOT NULL ORDER BY l.email_key LIMIT 1) AS b ON true
LEFT JOIN LATERAL (SELECT l.id FROM leads AS l WHERE l.user_id = $1 AND l.phone_key BETWEEN k.phone_key AND k.phone_key AND l.phone_key IS NOT NULL ORDER BY l.phone_key LIMIT 1) AS c ON true
LEFT JOIN LATERAL (SELECT l.id FROM leads AS l WHERE l.user_id = $1 AND l.name_key BETWEEN k.name_key AND k.name_key ORDER BY l.name_key LIMIT 1) AS d ON true;
