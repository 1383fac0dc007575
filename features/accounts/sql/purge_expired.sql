-- Deletes expired sessions, reset tokens and counters, some at a time.
-- params:   $1 rows_max int4
-- rows:     deleted int4
-- index:    none: inside the function, indexes on the times
-- mode:     write
-- writes:   salesflow.sessions, salesflow.password_reset_tokens, salesflow.login_attempts
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  5 s
-- budget:   4000
SELECT salesflow.purge_auth($1) AS deleted
