-- Makes the row in users of someone known to auth.users alone, and notes that adopting made it.
-- params:   $1 user_id uuid | $2 email text | $3 full_name text
-- rows:     outcome text (exists, created, blocked, no_address, address_taken)
-- index:    none: primary keys
-- mode:     write
-- place:    accounts
-- writes:   users, salesflow.adopted_profiles
-- plan:     none, because the migrating login runs it
-- timeout:  10 s
-- budget:   0
WITH made AS MATERIALIZED (
  SELECT p.outcome FROM salesflow.ensure_profile($1, $2, NULL, NULL, $3) AS p
), noted AS (
  INSERT INTO salesflow.adopted_profiles (user_id) SELECT $1 FROM made AS m WHERE m.outcome = 'created' ON CONFLICT (user_id) DO NOTHING
)
SELECT m.outcome FROM made AS m
