-- why: the inbox pages by the time of the last message, which may be missing, and asks who needs attention, which
--      depends on three columns and on now. Two columns answer both from an index (220 buffers for 309 and 32,079).
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on dm_conversations while columns and triggers are added (no rewrite, no scan)
-- owner: inbox
-- undo: 0027_base_conversation_keys.down.sql
--
--   last_message_key  last_message_at, -infinity without a message
--   attention_at      from when on it needs attention (attention_at <= now()): at once (-infinity) when a human is
--                     asked for or the other side has replied; when its sequence's next step is due and it is not
--                     paused; three days (72 hours, whatever the zone) after an unanswered first message; else NULL
CALL salesflow.ensure_table('public.dm_conversations', $$
  last_message_key timestamptz NOT NULL DEFAULT '-infinity'
  attention_at timestamptz
$$);
CREATE FUNCTION salesflow.set_conversation_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.last_message_key := coalesce(NEW.last_message_at, '-infinity');
  NEW.attention_at := CASE
    WHEN NEW.status IN ('needs_human_attention', 'replied') THEN '-infinity'::timestamptz
    WHEN NEW.status = 'in_sequence' AND NEW.sequence_paused IS NOT TRUE THEN NEW.next_sequence_action_at
    WHEN NEW.status = 'dm_initiated_no_response' AND NEW.last_outbound_at < '294276-12-01' THEN NEW.last_outbound_at + interval '72 hours'
  END;
  RETURN NEW;
END $$;
CALL salesflow.ensure_keys('public.dm_conversations', 'set_conversation_keys');
CALL salesflow.ensure_backfill('public.dm_conversations', true);
CALL salesflow.seal();
