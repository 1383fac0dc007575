-- Skips one follow-up suggestion, or lets it rest until an instant.
-- params:   $1 user_id uuid | $2 suggestion_id uuid | $3 snoozed_until timestamptz
-- rows:     id uuid
-- index:    followup_suggestions_pkey
-- mode:     write
-- place:    user
-- writes:   followup_suggestions
-- timeout:  2 s
-- budget:   150
UPDATE public.followup_suggestions AS f
SET status = CASE WHEN $3 IS NULL THEN 'skipped' ELSE 'snoozed' END, snoozed_until = $3, due_at = coalesce($3, f.due_at)
WHERE f.user_id = $1 AND f.id = $2 AND coalesce(f.status, 'pending') IN ('pending', 'snoozed')
RETURNING f.id;
