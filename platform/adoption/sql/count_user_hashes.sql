-- Password hashes of public.users by kind; never a hash itself.
-- params:   none
-- rows:     kind text | users int8
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    accounts
-- reads:    users
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  60 s
-- budget:   0
SELECT CASE WHEN (to_jsonb(u) ->> 'password_hash') ~ '^\$2[abxy]\$' THEN 'bcrypt' WHEN (to_jsonb(u) ->> 'password_hash') LIKE '$argon2id$%' THEN 'argon2id'
            WHEN coalesce(to_jsonb(u) ->> 'password_hash', '') IN ('', '!') THEN 'none' ELSE 'unknown' END AS kind, count(*) AS users
FROM public.users AS u GROUP BY 1 ORDER BY 1
