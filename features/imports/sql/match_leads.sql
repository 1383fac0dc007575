-- The keys of a batch's rows, and the leads of the user that have them already.
-- params:   $1 user_id uuid | $2 emails text[] | $3 phones text[] | $4 instagrams text[] | $5 names text[] | $6 companies text[]
-- rows:     n int8 | email_key text? | phone_key text? | instagram_key text? | name_key text? | company_key text? | by_email uuid? | by_phone uuid? | by_instagram uuid? | by_name uuid?
-- index:    idx_leads_user_email, idx_leads_user_phone, idx_leads_user_instagram, idx_leads_user_name
-- mode:     read
-- place:    mixed
-- reads:    leads, organizations, org_members
-- timeout:  60 s
-- budget:   60 + 40 * rows
-- note:     one index lookup a key, at most twenty leads behind it; OFFSET 0 keeps each key from being made twice. The
--           function's text becomes a part of this statement.
SELECT k.n, k.email_key, k.phone_key, k.instagram_key, k.name_key, k.company_key, m.by_email, m.by_phone, m.by_instagram, m.by_name
FROM (SELECT i.n, public.salesflow_email_key(i.email) COLLATE "C" AS email_key,
             public.salesflow_phone_key(i.phone, (SELECT public.salesflow_country_of($1))) COLLATE "C" AS phone_key,
             public.salesflow_instagram_key(i.instagram) COLLATE "C" AS instagram_key,
             nullif(public.salesflow_name_key(i.name), '') COLLATE "C" AS name_key,
             nullif(public.salesflow_name_key(i.company), '') COLLATE "C" AS company_key
      FROM unnest($2, $3, $4, $5, $6) WITH ORDINALITY AS i (email, phone, instagram, name, company, n) OFFSET 0) AS k
CROSS JOIN LATERAL public.salesflow_match_lead($1, k.email_key, k.phone_key, k.instagram_key, k.name_key, k.company_key) AS m;
