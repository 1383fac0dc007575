-- The totals of 0066 are declared and summed again, the counters' functions are 0053's; then the rest goes.
SELECT set_config('salesflow.version', '66', false);
CALL salesflow.ensure_rollup('open_deal_totals', 'public.deals', '{org_id}', p_where => 'r.closed_at IS NULL',
  p_keys => $$
    pipeline text = coalesce(r.pipeline::text, 'default')
    stage text = coalesce(r.stage::text, 'new')
    owner_id uuid = r.owner_id
  $$, p_measures => $$
    deals = count(*)
    value = sum(r.value)
    weighted_value = sum(r.weighted_value)
  $$);
SELECT set_config('salesflow.version', '87', false);
CALL salesflow.recount_rollup('org_open_deal_totals');
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
CALL salesflow.undo(87);
DROP FUNCTION IF EXISTS salesflow.set_read();
