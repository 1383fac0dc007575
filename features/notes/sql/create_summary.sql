-- Stores a summary's note and, with a task id, the task that follows from it: both or neither.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 id uuid | $4 lead_id uuid | $5 contact_id uuid | $6 deal_id uuid | $7 content text | $8 metadata jsonb | $9 task_id uuid | $10 task_title text | $11 task_description text | $12 task_priority text | $13 due_at timestamptz | $14 task_contact_id uuid
-- rows:     note_id uuid | task_id uuid?
-- index:    none: an insert
-- mode:     write
-- place:    mixed
-- writes:   crm_notes, tasks
-- timeout:  2 s
-- budget:   160
WITH task AS (
  INSERT INTO public.tasks (id, org_id, type, title, description, priority, due_at, status, contact_id, deal_id, assigned_to, created_by)
  SELECT $9, $2, 'followup', $10, $11, $12, $13, 'pending', $14, $6, $1, $1 WHERE $9 IS NOT NULL
  RETURNING id
), note AS (
  INSERT INTO public.crm_notes (id, user_id, lead_id, contact_id, deal_id, content, note_type, source, metadata)
  VALUES ($3, $1, $4, $5, $6, $7, 'ai_summary', 'zero_input_crm', $8)
  RETURNING id
)
SELECT n.id AS note_id, t.id AS task_id FROM note AS n LEFT JOIN task AS t ON true;
