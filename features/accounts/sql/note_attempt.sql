-- Counts one attempt for an account name and an address, then says whether it may go on.
-- params:   $1 subject text | $2 address text | $3 account_max int4 | $4 address_max int4 | $5 window_s int4
-- rows:     allowed bool | retry_after_s int4
-- index:    none: inside the function, primary key of login_attempts
-- mode:     write
-- writes:   salesflow.login_attempts
-- timeout:  1 s
-- budget:   60
-- note:     runs before the password is checked, so that parallel guesses cannot slip through
SELECT allowed, retry_after_s FROM salesflow.note_login_attempt($1, $2, $3, $4, make_interval(secs => $5))
