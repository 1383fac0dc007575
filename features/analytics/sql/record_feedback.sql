-- Writes down what became of a session of the user.
-- params:   $1 user_id uuid | $2 session_id uuid | $3 outcome text | $4 user_rating int4 | $5 response_used bool | $6 edited_response text
-- rows:     id uuid
-- index:    none: a single row, by whichever unique index PostgreSQL takes
-- mode:     write
-- place:    user
-- writes:   rlhf_feedback_sessions
-- timeout:  2 s
-- budget:   60
-- note:     no row: there is no such session of the user. The reward follows by trigger.
UPDATE public.rlhf_feedback_sessions AS s
SET outcome = $3, user_rating = coalesce($4, s.user_rating), response_used = $5, edited_response = coalesce($6, s.edited_response),
    user_edited = coalesce(s.user_edited, false) OR $6 IS NOT NULL, outcome_recorded_at = now(),
    feedback_type = CASE WHEN $4 IS NOT NULL THEN 'explicit' ELSE coalesce(s.feedback_type, 'outcome') END
WHERE s.user_id = $1 AND s.id = $2
RETURNING s.id;
