-- Marks a conversation as read up to its newest inbound message, or takes the mark away; one that is so already is not written.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 is_read bool
-- rows:     id uuid | unread_count int4 | read_at timestamptz? | row_version int8
-- index:    dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- reads:    dm_messages
-- writes:   dm_conversations
-- timeout:  2 s
-- budget:   250
-- note:     a trigger counts what is unread then (0087), with the row locked: a message that comes meanwhile counts. The mark
--           never goes back but by taking it away; without it, all that came after our last message is unread.
WITH found AS MATERIALIZED (
  SELECT c.id, c.unread_key, c.read_at, c.row_version,
         CASE WHEN $3 THEN greatest(c.read_at, (SELECT max(m.sent_at) FROM dm_messages AS m
                                                WHERE m.conversation_id = c.id AND m.user_id = $1 AND m.direction = 'inbound' AND isfinite(m.sent_at))) END AS until
  FROM dm_conversations AS c WHERE c.user_id = $1 AND c.id = $2 FOR NO KEY UPDATE
), changed AS (
  UPDATE public.dm_conversations AS c SET read_at = f.until
  FROM found AS f WHERE c.user_id = $1 AND c.id = f.id AND f.read_at IS DISTINCT FROM f.until
  RETURNING c.id, c.unread_key, c.read_at, c.row_version
)
SELECT r.id, r.unread_key AS unread_count, r.read_at, r.row_version FROM changed AS r
UNION ALL
SELECT f.id, f.unread_key, f.read_at, f.row_version FROM found AS f WHERE NOT EXISTS (SELECT FROM changed);
