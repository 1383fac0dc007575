-- What the rows of a batch are known by, as the database compares it.
-- params:   $1 user_id uuid | $2 emails text[] | $3 phones text[] | $4 instagrams text[] | $5 names text[] | $6 companies text[]
-- rows:     n int8 | email_key text? | phone_key text? | instagram_key text? | name_key text? | company_key text?
-- index:    none: of leads nothing is read
-- mode:     read
-- place:    accounts
-- reads:    organizations, org_members
-- timeout:  60 s
-- budget:   60
SELECT i.n, public.salesflow_email_key(i.email) AS email_key,
       public.salesflow_phone_key(i.phone, (SELECT public.salesflow_country_of($1))) AS phone_key,
       public.salesflow_instagram_key(i.instagram) AS instagram_key,
       nullif(public.salesflow_name_key(i.name), '') AS name_key, nullif(public.salesflow_name_key(i.company), '') AS company_key
FROM unnest($2, $3, $4, $5, $6) WITH ORDINALITY AS i (email, phone, instagram, name, company, n);
