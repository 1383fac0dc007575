-- Opens a session with its first refresh token.
-- params:   $1 session_id uuid | $2 user_id uuid | $3 org_id uuid | $4 user_agent text | $5 refresh_hash bytea | $6 refresh_ttl_s int4
-- rows:     outcome text (opened, inactive)
-- index:    none: inside the function, primary keys
-- mode:     write
-- writes:   salesflow.sessions, salesflow.refresh_tokens
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   80
SELECT outcome FROM salesflow.open_session($1, $2, $3, $4, $5, make_interval(secs => $6))
