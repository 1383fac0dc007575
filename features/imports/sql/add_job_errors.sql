-- Keeps the refused rows of a batch.
-- params:   $1 user_id uuid | $2 job_id uuid | $3 lines int8[] | $4 fields text[] | $5 reasons text[] | $6 contents text[]
-- rows:     none
-- index:    none: an insert
-- mode:     write
-- place:    user
-- writes:   import_errors
-- timeout:  30 s
-- budget:   60 + 20 * rows
INSERT INTO import_errors (user_id, job_id, line, field, reason, content)
SELECT $1, $2, i.line, i.field, i.reason, i.content
FROM unnest($3, $4, $5, $6) AS i (line, field, reason, content);
