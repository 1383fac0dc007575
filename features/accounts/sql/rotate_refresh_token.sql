-- Trades a refresh token for its successor; reuse after the grace ends the whole session.
-- params:   $1 presented_hash bytea | $2 successor_hash bytea | $3 successor_sealed bytea | $4 refresh_ttl_s int4 | $5 grace_s int4
-- rows:     outcome text | session_id uuid | user_id uuid | org_id uuid | org_role text | user_role text | email text | successor_sealed bytea
-- index:    none: inside the function, primary keys
-- mode:     write
-- place:    accounts
-- writes:   salesflow.sessions, salesflow.refresh_tokens
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  2 s
-- budget:   120
SELECT outcome, session_id, user_id, org_id, org_role, user_role, email, successor_sealed
FROM salesflow.rotate_refresh_token($1, $2, $3, make_interval(secs => $4), make_interval(secs => $5))
