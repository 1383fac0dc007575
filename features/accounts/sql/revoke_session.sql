-- Ends a session of a user.
-- params:   $1 session_id uuid | $2 user_id uuid
-- rows:     revoked bool
-- index:    none: inside the function, primary key of sessions
-- mode:     write
-- writes:   salesflow.sessions
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   40
SELECT salesflow.revoke_session($1, $2) AS revoked
