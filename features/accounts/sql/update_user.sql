-- Changes the caller's profile; a flag before each value says whether it was sent. The display names follow.
-- params:   $1 user_id uuid | $2 first_name_sent bool | $3 first_name text | $4 last_name_sent bool | $5 last_name text | $6 company_sent bool | $7 company text | $8 phone_sent bool | $9 phone text | $10 avatar_url_sent bool | $11 avatar_url text | $12 vertical_id_sent bool | $13 vertical_id text | $14 row_versions int8[]
-- rows:     id uuid | email text | name text | full_name text | first_name text | last_name text | role text | is_verified bool | company text | phone text | avatar_url text | vertical_id text | row_version int8
-- index:    users_pkey
-- mode:     write
-- place:    accounts
-- writes:   users
-- timeout:  1 s
-- budget:   40
-- note:     $14 holds the versions that If-Match admits, NULL for any; the email's name stands in when both names go
UPDATE users AS u SET
  first_name = CASE WHEN $2 THEN $3 ELSE u.first_name END,
  last_name = CASE WHEN $4 THEN $5 ELSE u.last_name END,
  full_name = CASE WHEN $2 OR $4 THEN nullif(concat_ws(' ', CASE WHEN $2 THEN $3 ELSE u.first_name END, CASE WHEN $4 THEN $5 ELSE u.last_name END), '')
                   ELSE u.full_name END,
  name = CASE WHEN $2 OR $4 THEN left(coalesce(nullif(concat_ws(' ', CASE WHEN $2 THEN $3 ELSE u.first_name END, CASE WHEN $4 THEN $5 ELSE u.last_name END), ''),
                                               split_part(u.email, '@', 1)), 100)
              ELSE u.name END,
  company = CASE WHEN $6 THEN $7 ELSE u.company END,
  phone = CASE WHEN $8 THEN $9 ELSE u.phone END,
  avatar_url = CASE WHEN $10 THEN $11 ELSE u.avatar_url END,
  vertical_id = CASE WHEN $12 THEN $13 ELSE u.vertical_id END
WHERE u.id = $1 AND ($14::int8[] IS NULL OR u.row_version = ANY ($14))
RETURNING u.id, u.email::text, u.name::text, u.full_name::text, u.first_name::text, u.last_name::text, coalesce(u.role::text, 'user') AS role, coalesce(u.is_verified, false) AS is_verified, u.company::text,
          u.phone::text, u.avatar_url::text, u.vertical_id::text, u.row_version
