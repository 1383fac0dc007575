-- Refused rows of a job in the order of the file; one keyset page.
-- params:   $1 user_id uuid | $2 job_id uuid | $3 after_line int8 | $4 limit_rows int8
-- rows:     line int8 | field text | reason text | content text
-- index:    import_errors_pkey
-- mode:     read
-- place:    user
-- reads:    import_errors
-- timeout:  2 s
-- budget:   8 + 1 * rows
SELECT line, field, reason, content FROM import_errors
WHERE user_id = $1 AND job_id = $2 AND line > $3
ORDER BY line LIMIT $4;
