-- Ends a session of a user.
-- params:   $1 session_id uuid | $2 user_id uuid
-- rows:     revoked bool
-- index:    none: inside the function, primary key of sessions
-- mode:     write
-- writes:   salesflow.sessions
-- timeout:  1 s
-- budget:   40
SELECT salesflow.revoke_session($1, $2) AS revoked
