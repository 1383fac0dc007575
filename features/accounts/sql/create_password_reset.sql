-- Stores the hash of a password reset token for an active user; no row when there is none.
-- params:   $1 email text | $2 token_hash bytea | $3 ttl_s int4
-- rows:     user_id uuid | email text | first_name text
-- index:    none: inside the function, users_email_lower_idx
-- mode:     write
-- writes:   salesflow.password_reset_tokens
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   80
SELECT user_id, email, first_name FROM salesflow.create_password_reset($1, $2, make_interval(secs => $3))
