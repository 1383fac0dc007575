-- The sessions revoked since an instant, oldest first; every node asks twice a second.
-- params:   $1 since timestamptz
-- rows:     session_id uuid | revoked_at timestamptz
-- index:    none: inside the function, sessions_revoked_idx
-- mode:     read
-- reads:    salesflow.sessions
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  400 ms
-- budget:   10 + 1 * rows
SELECT session_id, revoked_at FROM salesflow.list_revoked_sessions($1)
