-- Deletes one lead of the user, and what hangs on it.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 row_version int8
-- variants: version: AND l.row_version = $3
-- rows:     id uuid
-- index:    leads_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   leads, lead_verifications, lead_enrichments, lead_intents, lead_interactions, followup_suggestions, dm_conversations, message_queue
-- timeout:  2 s
-- budget:   120
DELETE FROM public.leads AS l
WHERE l.user_id = $1 AND l.id = $2 /*version*/
RETURNING l.id;
