-- why: one rule moves sequences on, whether a request or the worker asks: nothing is sent twice, whoever is killed when.
-- phase: phase3
-- transaction: one
-- lock: none; only new objects
-- owner: inbox
-- undo: 0308_phase3_advance_sequences.down.sql
--
-- advance_sequences(conversations) -> what happened to each that is due and that nobody else is at. All of it is one
-- transaction's: a worker that dies in between leaves everything due.
--   pause_ended    the pause is over: the sequence goes on from where it was, its start moved by what it missed; a
--                  conversation that has none needs a human
--   message_sent   the next step's text, as an outbound message
--   draft_created  the next step was made by a machine: its text waits (delivery_status pending), the conversation
--                  needs a human, and the sequence goes on when the draft is approved
--   archived       there is no next step; due three days after the last one
--   failed         the template cannot be read: the conversation needs a human
-- A step is due its delay_hours after the sequence's start. {name} in a text is the lead's name, else the handle.
CREATE FUNCTION salesflow_app.advance_sequences(p_ids uuid[])
RETURNS TABLE (conversation_id uuid, action text, message_type text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c record;
  v_template record;
  v_step jsonb;
  v_after jsonb;
  v_text text;
  v_draft boolean;
  v_start timestamptz;
  v_next timestamptz;
BEGIN
  FOR c IN
    SELECT k.id, k.user_id, k.status, k.sequence_paused, k.current_sequence_phase, k.sequence_started_at, k.next_sequence_action_at,
           k.sequence_template_id, coalesce((SELECT l.name FROM public.leads AS l WHERE l.id = k.contact_id AND l.user_id = k.user_id),
                                            k.platform_contact_handle, '') AS name
    FROM public.dm_conversations AS k
    WHERE k.id = ANY (p_ids) AND k.sequence_due_at <= now()
    ORDER BY k.sequence_due_at, k.id FOR NO KEY UPDATE OF k SKIP LOCKED
  LOOP
    conversation_id := c.id;
    message_type := NULL;
    BEGIN
      IF c.status = 'delay_requested' OR c.sequence_paused THEN
        action := 'pause_ended';
        UPDATE public.dm_conversations AS k
        SET status = CASE WHEN c.next_sequence_action_at IS NULL THEN 'needs_human_attention' ELSE 'in_sequence' END,
            sequence_paused = false, pause_until = NULL,
            sequence_started_at = k.sequence_started_at + greatest(now() - c.next_sequence_action_at, interval '0'),
            next_sequence_action_at = greatest(c.next_sequence_action_at, now())
        WHERE k.id = c.id AND k.user_id = c.user_id AND c.next_sequence_action_at IS NOT NULL;
        IF NOT FOUND THEN
          UPDATE public.dm_conversations AS k SET status = 'needs_human_attention', sequence_paused = false, pause_until = NULL
          WHERE k.id = c.id AND k.user_id = c.user_id;
        END IF;
      ELSE
        SELECT t.name, t.sequence_steps INTO v_template
        FROM public.dm_sequence_templates AS t
        WHERE (t.id = c.sequence_template_id OR (t.is_default AND t.is_active)) AND (t.user_id = c.user_id OR t.user_id IS NULL)
        ORDER BY (t.id = c.sequence_template_id) IS TRUE DESC, t.user_id IS NULL, t.created_at LIMIT 1;
        IF NOT FOUND THEN
          RAISE invalid_parameter_value USING MESSAGE = 'there is no sequence template';
        END IF;
        v_step := (SELECT e FROM jsonb_array_elements(v_template.sequence_steps) AS e
                   WHERE (e ->> 'phase')::integer = coalesce(c.current_sequence_phase, 0) + 1 LIMIT 1);
        v_after := (SELECT e FROM jsonb_array_elements(v_template.sequence_steps) AS e
                    WHERE (e ->> 'phase')::integer = coalesce(c.current_sequence_phase, 0) + 2 LIMIT 1);
        IF v_step IS NULL THEN
          action := 'archived';
          UPDATE public.dm_conversations AS k SET status = 'archived', next_sequence_action_at = NULL, last_sequence_action_at = now()
          WHERE k.id = c.id AND k.user_id = c.user_id;
        ELSE
          -- Sequences from before sequence_started_at began where their plan says so.
          v_start := coalesce(c.sequence_started_at, c.next_sequence_action_at - (v_step ->> 'delay_hours')::numeric * interval '1 hour');
          v_next := v_start + coalesce((v_after ->> 'delay_hours')::numeric, (v_step ->> 'delay_hours')::numeric + 72) * interval '1 hour';
          v_text := nullif(btrim(v_step ->> 'message_template'), '');
          v_draft := coalesce((v_step ->> 'is_ai_generated')::boolean, false) OR v_text IS NULL;
          v_text := coalesce(v_text, 'Hallo {name}, ich melde mich noch einmal kurz. Falls sich bei dir etwas geändert hat oder du eine Frage hast, schreib mir jederzeit.');
          v_text := replace(replace(v_text, '{{name}}', c.name), '{name}', c.name);
          message_type := left(coalesce(v_step ->> 'name', 'phase ' || (v_step ->> 'phase')), 50);
          action := CASE WHEN v_draft THEN 'draft_created' ELSE 'message_sent' END;
          INSERT INTO public.dm_messages (conversation_id, user_id, direction, content, delivery_status, is_ai_generated, ai_template_used, sequence_phase, sequence_message_type)
          VALUES (c.id, c.user_id, 'outbound', v_text, CASE WHEN v_draft THEN 'pending' ELSE 'sent' END, v_draft, left(v_template.name, 100),
                  coalesce(c.current_sequence_phase, 0) + 1, message_type);
          UPDATE public.dm_conversations AS k
          SET current_sequence_phase = coalesce(c.current_sequence_phase, 0) + 1, last_sequence_action_at = now(), sequence_started_at = v_start,
              next_sequence_action_at = v_next, status = CASE WHEN v_draft THEN 'needs_human_attention' ELSE 'in_sequence' END
          WHERE k.id = c.id AND k.user_id = c.user_id;
        END IF;
      END IF;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
      action := 'failed';
      UPDATE public.dm_conversations AS k SET status = 'needs_human_attention', sequence_paused = true
      WHERE k.id = c.id AND k.user_id = c.user_id;
    END;
    RETURN NEXT;
  END LOOP;
END $$;
CALL salesflow.publish_function('salesflow_app.advance_sequences(uuid[])', 'salesflow_owner', 'salesflow_app');

-- The worker's turn: what is due longest, of whomever.
CREATE FUNCTION salesflow.process_due_sequences(p_limit integer)
RETURNS TABLE (conversation_id uuid, action text, message_type text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH due AS MATERIALIZED (
    SELECT k.id FROM public.dm_conversations AS k WHERE k.sequence_due_at <= now()
    ORDER BY k.sequence_due_at, k.id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  )
  SELECT d.* FROM salesflow_app.advance_sequences(ARRAY(SELECT id FROM due)) AS d
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.process_due_sequences(integer)', 'salesflow_worker');
