-- why: board, list and summary sum open deals by currency, and badges (unread, what needs attention, by status and channel,
--      drafts that wait) are exact over a whole inbox at the cost of its groups. A conversation that was read but not
--      answered is read. Declarations: docs/decisions/0037; what a badge counts: docs/decisions/0056.
-- phase: base
-- transaction: none
-- lock: ACCESS EXCLUSIVE on dm_conversations while a column is added (no rewrite, no scan); SHARE ROW EXCLUSIVE on deals,
--       dm_conversations and message_queue, one after the other, while triggers are added, without a scan; then each is read
--       once, beside its writers
-- owner: deals and inbox
-- undo: 0087_base_live_counts.down.sql
--
-- Open deals: the totals of 0066 with the currency in their grain.
CALL salesflow.ensure_rollup('open_deal_sums', 'public.deals', '{org_id}', p_where => 'r.closed_at IS NULL',
  p_keys => $$
    pipeline text = coalesce(r.pipeline::text, 'default')
    stage text = coalesce(r.stage::text, 'new')
    owner_id uuid = r.owner_id
    currency text = salesflow.currency_code(r.currency::text)
  $$, p_measures => $$
    deals = count(*)
    value = sum(r.value)
    weighted_value = sum(r.weighted_value)
  $$);
CALL salesflow.recount_rollup('org_open_deal_sums');
CALL salesflow.undo(66);

-- An organisation that sells in another currency than EUR counts in it from the beginning.
DO $$
BEGIN
  IF salesflow.made('table', 'public.organizations') OR salesflow.made('column', 'public.organizations.default_currency') THEN
    UPDATE public.organizations AS o SET default_currency = m.currency
    FROM (SELECT DISTINCT ON (s.org_id) s.org_id, s.currency
          FROM (SELECT d.org_id, d.currency, sum(d.deals) AS deals FROM public.org_open_deal_sums AS d WHERE d.currency <> 'XXX' GROUP BY d.org_id, d.currency) AS s
          ORDER BY s.org_id, s.deals DESC, s.currency) AS m
    WHERE o.id = m.org_id AND m.currency <> 'EUR' AND o.default_currency = 'EUR';
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'organisations count in EUR: %', SQLERRM;
END $$;

--   read_at  all that came until then was read: unread_key (0053) counts what is later than both the last outbound message and this
CALL salesflow.ensure_table('public.dm_conversations', 'read_at timestamptz');
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
         FROM salesflow.read_messages(c.id, c.user_id, greatest(c.last_outbound_at, d.last_outbound_at, c.read_at)) AS r),
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
         FROM salesflow.read_messages(c.id, c.user_id, greatest(t.last_outbound_at, c.read_at)) AS r)
  FROM unnest(p_ids, p_users, p_sent, p_received) AS d (id, user_id, sent, received),
       LATERAL (SELECT max(m.sent_at) AS last_message_at,
                       max(m.sent_at) FILTER (WHERE m.direction = 'inbound') AS last_inbound_at,
                       max(m.sent_at) FILTER (WHERE m.direction = 'outbound') AS last_outbound_at
                FROM public.dm_messages AS m
                WHERE m.conversation_id = d.id AND (m.user_id = d.user_id) IS TRUE
                  AND (m.direction = 'inbound' OR m.delivery_status IS DISTINCT FROM 'pending')) AS t
  WHERE c.id = d.id AND c.user_id = d.user_id;
END $$;

-- Whoever writes read_at: the row is locked here, so that a message that comes meanwhile counts itself afterwards.
CREATE OR REPLACE FUNCTION salesflow.set_read() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.unread_key := (SELECT r.unread FROM salesflow.read_messages(NEW.id, NEW.user_id, greatest(NEW.last_outbound_at, NEW.read_at)) AS r);
  RETURN NEW;
END $$;
CALL salesflow.seal();
DO $$
BEGIN
  CALL salesflow.ensure_trigger('public.dm_conversations', 'salesflow_set_read', 'BEFORE UPDATE OF read_at',
    'FOR EACH ROW WHEN (OLD.read_at IS DISTINCT FROM NEW.read_at) EXECUTE FUNCTION salesflow.set_read()');
  -- A view of requests that was made before has no such column.
  IF to_regclass('salesflow_app.dm_conversations') IS NOT NULL THEN
    CALL salesflow.ensure_served('public.dm_conversations');
  END IF;
END $$;

-- What needs attention at once is a status; what does with time (a step that is due, three days without an answer) is counted
-- from an index when it is asked for.
CALL salesflow.ensure_rollup('conversation_badges', 'public.dm_conversations', '{user_id}',
  p_keys => $$
    platform text = coalesce(r.platform::text, '')
    status text = coalesce(r.status::text, 'new')
  $$, p_measures => $$
    conversations = count(*)
    unread = count(*) FILTER (WHERE r.unread_key > 0)
    unread_messages = sum(r.unread_key)
    contacted = count(*) FILTER (WHERE r.messages_sent > 0)
    answered = count(*) FILTER (WHERE r.messages_sent > 0 AND r.messages_received > 0)
  $$);
CALL salesflow.recount_rollup('user_conversation_badges');
CALL salesflow.ensure_rollup('draft_counts', 'public.message_queue', '{user_id}', 'pending = count(*)', p_where => $$r.status::text = 'pending'$$);
CALL salesflow.recount_rollup('user_draft_counts');
