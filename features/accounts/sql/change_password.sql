-- Sets a password wherever it is kept, and ends the user's sessions but one.
-- params:   $1 user_id uuid | $2 password_hash text | $3 bcrypt text | $4 except_session uuid
-- rows:     outcome text (changed, kept_elsewhere, gone)
-- index:    none: inside the function, primary keys
-- mode:     write
-- writes:   users, salesflow.passwords, salesflow.password_reset_tokens, salesflow.sessions
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  2 s
-- budget:   120
SELECT outcome FROM salesflow.change_password($1, $2, $3, $4)
