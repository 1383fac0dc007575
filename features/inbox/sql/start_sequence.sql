-- Starts a sequence in a conversation, with a template of the user's or everybody's, else the default one.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 template_id uuid
-- choices:  which=standard: t.is_default AND t.is_active
-- choices:  which=named: t.id = $3
-- rows:     current_phase int4 | next_action_at timestamptz
-- index:    dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   dm_conversations, dm_sequence_templates
-- timeout:  2 s
-- budget:   300
-- sorts:    the user's own template before everybody's, a few rows
-- note:     no row: no such conversation, or template. The first step is a person's; the second is due its delay after now. A template of
--           the user's own counts its uses; everybody's does not: its row would be every user's.
WITH template AS (
  SELECT t.id, t.user_id, coalesce((SELECT (e ->> 'delay_hours')::numeric FROM jsonb_array_elements(t.sequence_steps) AS e WHERE e ->> 'phase' = '2' LIMIT 1), 48) AS hours
  FROM dm_sequence_templates AS t
  WHERE (t.user_id = $1 OR t.user_id IS NULL) AND /*which*/
  ORDER BY t.user_id IS NULL, t.created_at LIMIT 1
), started AS (
  UPDATE public.dm_conversations AS c
  SET status = 'in_sequence', current_sequence_phase = 1, sequence_started_at = now(), last_sequence_action_at = now(),
      next_sequence_action_at = now() + t.hours * interval '1 hour', sequence_paused = false, pause_until = NULL, sequence_template_id = t.id
  FROM template AS t
  WHERE c.user_id = $1 AND c.id = $2
  RETURNING c.current_sequence_phase, c.next_sequence_action_at
), counted AS (
  UPDATE public.dm_sequence_templates AS u SET times_used = coalesce(u.times_used, 0) + 1
  FROM template AS t WHERE u.id = t.id AND u.user_id = $1 AND EXISTS (SELECT FROM started)
)
SELECT current_sequence_phase AS current_phase, next_sequence_action_at AS next_action_at FROM started;
