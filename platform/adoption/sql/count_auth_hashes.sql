-- Password hashes of auth.users by kind; never a hash itself.
-- params:   none
-- rows:     kind text | users int8
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    accounts
-- reads:    auth.users
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  60 s
-- budget:   0
SELECT CASE WHEN h.hash ~ '^\$2[abxy]\$' THEN 'bcrypt' WHEN h.hash LIKE '$argon2id$%' THEN 'argon2id'
            WHEN coalesce(h.hash, '') = '' THEN 'none' ELSE 'unknown' END AS kind, count(*) AS users
FROM (SELECT to_jsonb(a) ->> 'encrypted_password' AS hash FROM auth.users AS a) AS h GROUP BY 1 ORDER BY 1
