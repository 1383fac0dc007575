-- Keeps what there is to say of a batch's rows.
-- params:   $1 user_id uuid | $2 job_id uuid | $3 lines int8[] | $4 parts int8[] | $5 kinds text[] | $6 fields text[] | $7 reasons text[] | $8 contents text[] | $9 lead_ids uuid[]
-- rows:     none
-- index:    none: an insert
-- mode:     write
-- place:    user
-- writes:   import_errors
-- timeout:  30 s
-- budget:   60 + 20 * rows
INSERT INTO import_errors (user_id, job_id, line, part, kind, field, reason, content, lead_id)
SELECT $1, $2, i.line, i.part, i.kind, i.field, i.reason, i.content, i.lead_id
FROM unnest($3, $4, $5, $6, $7, $8, $9) AS i (line, part, kind, field, reason, content, lead_id);
