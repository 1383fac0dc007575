-- Deletes one note of the user, when it still has the version that the caller saw.
-- params:   $1 user_id uuid | $2 note_id uuid | $3 row_version int8
-- variants: version: AND row_version = $3
-- rows:     none
-- index:    crm_notes_pkey
-- mode:     write
-- writes:   crm_notes
-- timeout:  2 s
-- budget:   60
DELETE FROM public.crm_notes WHERE user_id = $1 AND id = $2 /*version*/;
