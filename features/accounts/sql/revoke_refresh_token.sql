-- Ends the session of a refresh token; no row when the token is unknown or its session had ended.
-- params:   $1 token_hash bytea
-- rows:     session_id uuid
-- index:    none: inside the function, primary keys
-- mode:     write
-- writes:   salesflow.sessions
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   40
SELECT session_id FROM salesflow.revoke_refresh_token($1)
