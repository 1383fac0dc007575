-- why: a conversation's counters and times follow its messages, in whatever order these arrive and whoever writes
--      them. A found trigger of that purpose counts messages of other owners and sets times back when an older
--      message arrives late; it is disabled and comes back with `down`.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on dm_messages while triggers are added
-- owner: inbox
-- undo: 0028_base_conversation_counters.down.sql
--
-- Once per statement, also for a bulk load. SECURITY DEFINER: a writer of messages need not see or change
-- conversations. A message counts only in a conversation of its own user. Conversations are locked in the order of
-- their ids, so that two writers of several cannot deadlock.
CALL salesflow.set_aside_writers('public.dm_conversations', 'messages_sent');

-- New messages add up and times only move forward; an inbound message ends waiting and sequences, as ever.
CREATE FUNCTION salesflow.count_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM public.dm_conversations AS c WHERE c.id IN (SELECT a.conversation_id FROM added AS a)
  ORDER BY c.id FOR NO KEY UPDATE;
  UPDATE public.dm_conversations AS c
  SET messages_sent = coalesce(c.messages_sent, 0) + d.sent,
      messages_received = coalesce(c.messages_received, 0) + d.received,
      last_message_at = greatest(c.last_message_at, d.last_inbound_at, d.last_outbound_at),
      last_inbound_at = greatest(c.last_inbound_at, d.last_inbound_at),
      last_outbound_at = greatest(c.last_outbound_at, d.last_outbound_at),
      status = CASE WHEN d.received > 0 AND c.status IN ('dm_initiated_no_response', 'read_no_reply', 'in_sequence')
                    THEN 'replied' ELSE c.status END
  FROM (SELECT a.conversation_id, a.user_id,
               count(*) FILTER (WHERE a.direction = 'outbound') AS sent,
               count(*) FILTER (WHERE a.direction = 'inbound') AS received,
               max(a.sent_at) FILTER (WHERE a.direction = 'inbound') AS last_inbound_at,
               max(a.sent_at) FILTER (WHERE a.direction = 'outbound') AS last_outbound_at
        FROM added AS a GROUP BY a.conversation_id, a.user_id) AS d
  WHERE c.id = d.conversation_id AND c.user_id = d.user_id;
  RETURN NULL;
END $$;

-- Shifts counters by what was taken away or moved, and reads the times from the messages that are there.
CREATE PROCEDURE salesflow.shift_conversations(p_ids uuid[], p_users uuid[], p_sent bigint[], p_received bigint[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM public.dm_conversations AS c WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE;
  UPDATE public.dm_conversations AS c
  SET messages_sent = greatest(coalesce(c.messages_sent, 0) + coalesce(d.sent, 0), 0),
      messages_received = greatest(coalesce(c.messages_received, 0) + coalesce(d.received, 0), 0),
      last_message_at = t.last_message_at, last_inbound_at = t.last_inbound_at, last_outbound_at = t.last_outbound_at
  FROM unnest(p_ids, p_users, p_sent, p_received) AS d (id, user_id, sent, received),
       LATERAL (SELECT max(m.sent_at) AS last_message_at,
                       max(m.sent_at) FILTER (WHERE m.direction = 'inbound') AS last_inbound_at,
                       max(m.sent_at) FILTER (WHERE m.direction = 'outbound') AS last_outbound_at
                FROM public.dm_messages AS m WHERE m.conversation_id = d.id AND m.user_id = d.user_id) AS t
  WHERE c.id = d.id AND c.user_id = d.user_id;
END $$;

CREATE FUNCTION salesflow.uncount_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v record;
BEGIN
  SELECT array_agg(g.conversation_id) AS ids, array_agg(g.user_id) AS users, array_agg(g.sent) AS sent, array_agg(g.received) AS received INTO v
  FROM (SELECT r.conversation_id, r.user_id, -count(*) FILTER (WHERE r.direction = 'outbound') AS sent,
               -count(*) FILTER (WHERE r.direction = 'inbound') AS received
        FROM removed AS r GROUP BY r.conversation_id, r.user_id) AS g;
  IF v.ids IS NOT NULL THEN
    CALL salesflow.shift_conversations(v.ids, v.users, v.sent, v.received);
  END IF;
  RETURN NULL;
END $$;

-- Only what moved a message in time, direction or place is looked at; marking it read is not.
CREATE FUNCTION salesflow.recount_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v record;
BEGIN
  SELECT array_agg(g.conversation_id) AS ids, array_agg(g.user_id) AS users, array_agg(g.sent) AS sent, array_agg(g.received) AS received INTO v
  FROM (SELECT s.conversation_id, s.user_id, sum(s.n) FILTER (WHERE s.direction = 'outbound')::bigint AS sent,
               sum(s.n) FILTER (WHERE s.direction = 'inbound')::bigint AS received
        FROM ((SELECT r.id, r.conversation_id, r.user_id, r.direction::text, r.sent_at, -1 AS n FROM removed AS r
               EXCEPT SELECT a.id, a.conversation_id, a.user_id, a.direction::text, a.sent_at, -1 FROM added AS a)
              UNION ALL
              (SELECT a.id, a.conversation_id, a.user_id, a.direction::text, a.sent_at, 1 AS n FROM added AS a
               EXCEPT SELECT r.id, r.conversation_id, r.user_id, r.direction::text, r.sent_at, 1 FROM removed AS r)) AS s
        GROUP BY s.conversation_id, s.user_id) AS g;
  IF v.ids IS NOT NULL THEN
    CALL salesflow.shift_conversations(v.ids, v.users, v.sent, v.received);
  END IF;
  RETURN NULL;
END $$;

CALL salesflow.ensure_trigger('public.dm_messages', 'salesflow_count_insert', 'AFTER INSERT',
  'REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.count_messages()');
CALL salesflow.ensure_trigger('public.dm_messages', 'salesflow_count_update', 'AFTER UPDATE',
  'REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.recount_messages()');
CALL salesflow.ensure_trigger('public.dm_messages', 'salesflow_count_delete', 'AFTER DELETE',
  'REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.uncount_messages()');
CALL salesflow.seal();
