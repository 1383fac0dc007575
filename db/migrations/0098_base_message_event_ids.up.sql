-- why: a provider delivers a message again until it hears that it came, and a file is imported twice: one message that
--      says which it is, is one event (docs/decisions/0070). message_events may be partitioned by time, where no unique
--      key of the id alone can stand, and may have come with doubles; so what is unique stands beside it.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on webhook_deliveries while a column is added (no rewrite, no scan)
-- owner: events
-- undo: 0098_base_message_event_ids.down.sql
--
--   message_event_ids           which event became of a channel's message; created_at is the event's
--   webhook_deliveries.event_id the event that a delivery made; NULL: delivered before this migration
CALL salesflow.ensure_own_table('public.message_event_ids', $$
  user_id uuid NOT NULL
  channel text COLLATE "C" NOT NULL
  message_id text COLLATE "C" NOT NULL CHECK (length(message_id) BETWEEN 1 AND 600)
  event_id uuid NOT NULL
  created_at timestamptz NOT NULL
$$);
CALL salesflow.ensure_constraint('public.message_event_ids', 'message_event_ids_pkey', 'PRIMARY KEY (user_id, channel, message_id)');
CALL salesflow.ensure_user_policy('public.message_event_ids');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE public.message_event_ids', 'salesflow_app');
CALL salesflow.ensure_table('public.webhook_deliveries', $$
  event_id uuid
$$);
CALL salesflow.seal();
