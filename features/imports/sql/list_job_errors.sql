-- What there is to say of a job's rows, in the order of the file; one keyset page.
-- params:   $1 user_id uuid | $2 job_id uuid | $3 after_line int8 | $4 after_part int8 | $5 limit_rows int8
-- rows:     line int8 | part int8 | kind text | field text | reason text | content text | lead_id uuid? | changed text?
-- index:    import_errors_pkey
-- mode:     read
-- place:    user
-- reads:    import_errors
-- timeout:  2 s
-- budget:   8 + 1 * rows
SELECT line, part, kind, field, reason, content, lead_id, changed FROM import_errors
WHERE user_id = $1 AND job_id = $2 AND (line, part) > ($3, $4)
ORDER BY line, part LIMIT $5;
