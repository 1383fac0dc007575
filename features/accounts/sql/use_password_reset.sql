-- Sets a new password by a reset token and ends the user's sessions.
-- params:   $1 token_hash bytea | $2 password_hash text | $3 bcrypt text
-- rows:     outcome text (changed, unknown, used, expired, kept_elsewhere)
-- index:    none: inside the function, primary keys
-- mode:     write
-- writes:   users, salesflow.passwords, salesflow.password_reset_tokens, salesflow.sessions, salesflow.login_attempts
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  2 s
-- budget:   120
SELECT outcome FROM salesflow.use_password_reset($1, $2, $3)
