-- The keys' function as 0027 made it; then the tables and columns go.
CREATE OR REPLACE FUNCTION salesflow.set_conversation_keys() RETURNS trigger
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
CALL salesflow.undo(54);
CALL salesflow.seal();
