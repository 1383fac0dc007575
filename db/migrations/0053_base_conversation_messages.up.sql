-- why: the inbox shows each conversation's newest message and its unread count, and sums the unread of a whole inbox.
--      Read from the messages that is a walk per row and no sum at all; kept beside the counters it costs the list
--      nothing and the sum one partial index. A draft (outbound, delivery_status pending) is no message yet: it is
--      neither sent nor counted until somebody approves it.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on dm_conversations while columns are added (no rewrite, no scan)
-- owner: inbox
-- undo: 0053_base_conversation_messages.down.sql
--
--   unread_key              inbound messages after the last outbound one, at most 1,000
--   last_message_text       the first 281 characters of the newest message: 280 and whether there is more
--   last_message_direction  its direction
-- Kept by the counters' triggers of 0028, whose functions get new bodies here.
CALL salesflow.ensure_table('public.dm_conversations', $$
  unread_key integer NOT NULL DEFAULT 0
  last_message_text text
  last_message_direction text
$$);

-- The inbox's totals are index-only counts, which need the visibility map: vacuum after 2 % changes.
CALL salesflow.ensure_storage('public.dm_conversations', '{autovacuum_vacuum_insert_scale_factor=0.02,autovacuum_vacuum_scale_factor=0.02}');

-- VOLATILE: it sees what is committed when it is called, so that a writer that has waited for the conversation's lock
-- (and a backfill beside it) counts what the other has left. The user is hidden by IS TRUE: on a table that was just
-- filled the planner knows nothing of conversations and would walk the user's messages for each of them, which grows
-- with the square (a load of 407,000 messages took 80 s longer).
CREATE FUNCTION salesflow.read_messages(p_conversation_id uuid, p_user_id uuid, p_last_outbound_at timestamptz,
                                        OUT unread integer, OUT newest_text text, OUT newest_direction text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT count(*)::integer
          FROM (SELECT FROM public.dm_messages AS m
                WHERE m.conversation_id = p_conversation_id AND (m.user_id = p_user_id) IS TRUE AND m.direction = 'inbound'
                  AND m.sent_at > coalesce(p_last_outbound_at, '-infinity') LIMIT 1000) AS k),
         n.content, n.direction
  FROM (VALUES (0)) AS one
  LEFT JOIN LATERAL (SELECT left(m.content, 281) AS content, m.direction::text
                     FROM public.dm_messages AS m
                     WHERE m.conversation_id = p_conversation_id AND (m.user_id = p_user_id) IS TRUE
                       AND (m.direction = 'inbound' OR m.delivery_status IS DISTINCT FROM 'pending')
                     ORDER BY m.sent_at DESC, m.id DESC LIMIT 1) AS n ON true
$$;

CREATE OR REPLACE FUNCTION salesflow.count_messages() RETURNS trigger
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
      (unread_key, last_message_text, last_message_direction) =
        (SELECT r.unread, r.newest_text, r.newest_direction
         FROM salesflow.read_messages(c.id, c.user_id, greatest(c.last_outbound_at, d.last_outbound_at)) AS r),
      status = CASE WHEN d.received > 0 AND c.status IN ('dm_initiated_no_response', 'read_no_reply', 'in_sequence')
                    THEN 'replied' ELSE c.status END
  FROM (SELECT a.conversation_id, a.user_id,
               count(*) FILTER (WHERE a.direction = 'outbound') AS sent,
               count(*) FILTER (WHERE a.direction = 'inbound') AS received,
               max(a.sent_at) FILTER (WHERE a.direction = 'inbound') AS last_inbound_at,
               max(a.sent_at) FILTER (WHERE a.direction = 'outbound') AS last_outbound_at
        FROM added AS a WHERE a.direction = 'inbound' OR a.delivery_status IS DISTINCT FROM 'pending'
        GROUP BY a.conversation_id, a.user_id) AS d
  WHERE c.id = d.conversation_id AND c.user_id = d.user_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE PROCEDURE salesflow.shift_conversations(p_ids uuid[], p_users uuid[], p_sent bigint[], p_received bigint[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM public.dm_conversations AS c WHERE c.id = ANY (p_ids) ORDER BY c.id FOR NO KEY UPDATE;
  UPDATE public.dm_conversations AS c
  SET messages_sent = greatest(coalesce(c.messages_sent, 0) + coalesce(d.sent, 0), 0),
      messages_received = greatest(coalesce(c.messages_received, 0) + coalesce(d.received, 0), 0),
      last_message_at = t.last_message_at, last_inbound_at = t.last_inbound_at, last_outbound_at = t.last_outbound_at,
      (unread_key, last_message_text, last_message_direction) =
        (SELECT r.unread, r.newest_text, r.newest_direction
         FROM salesflow.read_messages(c.id, c.user_id, t.last_outbound_at) AS r)
  FROM unnest(p_ids, p_users, p_sent, p_received) AS d (id, user_id, sent, received),
       LATERAL (SELECT max(m.sent_at) AS last_message_at,
                       max(m.sent_at) FILTER (WHERE m.direction = 'inbound') AS last_inbound_at,
                       max(m.sent_at) FILTER (WHERE m.direction = 'outbound') AS last_outbound_at
                FROM public.dm_messages AS m
                WHERE m.conversation_id = d.id AND (m.user_id = d.user_id) IS TRUE
                  AND (m.direction = 'inbound' OR m.delivery_status IS DISTINCT FROM 'pending')) AS t
  WHERE c.id = d.id AND c.user_id = d.user_id;
END $$;

CREATE OR REPLACE FUNCTION salesflow.uncount_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v record;
BEGIN
  SELECT array_agg(g.conversation_id) AS ids, array_agg(g.user_id) AS users, array_agg(g.sent) AS sent, array_agg(g.received) AS received INTO v
  FROM (SELECT r.conversation_id, r.user_id, -count(*) FILTER (WHERE r.direction = 'outbound') AS sent,
               -count(*) FILTER (WHERE r.direction = 'inbound') AS received
        FROM removed AS r WHERE r.direction = 'inbound' OR r.delivery_status IS DISTINCT FROM 'pending'
        GROUP BY r.conversation_id, r.user_id) AS g;
  IF v.ids IS NOT NULL THEN
    CALL salesflow.shift_conversations(v.ids, v.users, v.sent, v.received);
  END IF;
  RETURN NULL;
END $$;

-- What moved a message in time, direction or place, changed its text, or made a message of a draft.
CREATE OR REPLACE FUNCTION salesflow.recount_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v record;
BEGIN
  SELECT array_agg(g.conversation_id) AS ids, array_agg(g.user_id) AS users, array_agg(g.sent) AS sent, array_agg(g.received) AS received INTO v
  FROM (SELECT s.conversation_id, s.user_id, sum(s.n) FILTER (WHERE s.direction = 'outbound')::bigint AS sent,
               sum(s.n) FILTER (WHERE s.direction = 'inbound')::bigint AS received
        FROM ((SELECT r.id, r.conversation_id, r.user_id, r.direction::text, r.sent_at, left(r.content, 281), -1 AS n FROM removed AS r
               WHERE r.direction = 'inbound' OR r.delivery_status IS DISTINCT FROM 'pending'
               EXCEPT SELECT a.id, a.conversation_id, a.user_id, a.direction::text, a.sent_at, left(a.content, 281), -1 FROM added AS a
               WHERE a.direction = 'inbound' OR a.delivery_status IS DISTINCT FROM 'pending')
              UNION ALL
              (SELECT a.id, a.conversation_id, a.user_id, a.direction::text, a.sent_at, left(a.content, 281), 1 AS n FROM added AS a
               WHERE a.direction = 'inbound' OR a.delivery_status IS DISTINCT FROM 'pending'
               EXCEPT SELECT r.id, r.conversation_id, r.user_id, r.direction::text, r.sent_at, left(r.content, 281), 1 FROM removed AS r
               WHERE r.direction = 'inbound' OR r.delivery_status IS DISTINCT FROM 'pending')) AS s
        GROUP BY s.conversation_id, s.user_id) AS g;
  IF v.ids IS NOT NULL THEN
    CALL salesflow.shift_conversations(v.ids, v.users, v.sent, v.received);
  END IF;
  RETURN NULL;
END $$;
CALL salesflow.seal();
