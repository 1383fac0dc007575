-- why: messages that come in by signed webhooks. A secret stands here sealed, with a key that the database does not have
--      (docs/decisions/0016); what was delivered is remembered as long as its timestamp would be accepted.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: webhooks
-- undo: 0061_base_webhooks.down.sql
--
--   find_webhook_secrets(user_id uuid, webhook_id uuid, channel text)
--     -> (secret_id uuid, user_id uuid, org_id uuid, org_role text, sealed bytea)
--        All live secrets of one owner and channel: of whom webhook_id names, else of user_id. org_* only while the owner
--        is a member. No row for an owner that is switched off. For salesflow_auth, before anybody is known.
CALL salesflow.ensure_own_table('public.webhook_secrets', $$
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY
  user_id uuid NOT NULL
  org_id uuid
  channel text NOT NULL CHECK (channel IN ('email', 'whatsapp', 'social', 'generic'))
  sealed bytea NOT NULL CHECK (length(sealed) BETWEEN 29 AND 512)
  expires_at timestamptz
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_tenant_table('public.webhook_secrets', 'user', true);
CALL salesflow.ensure_index('public.webhook_secrets', 'webhook_secrets_user_channel_idx', '(user_id, channel, created_at, id)', true);

CALL salesflow.ensure_own_table('public.webhook_deliveries', $$
  user_id uuid NOT NULL
  digest bytea NOT NULL CHECK (length(digest) = 32)
  expires_at timestamptz NOT NULL
$$);
CALL salesflow.ensure_constraint('public.webhook_deliveries', 'webhook_deliveries_pkey', 'PRIMARY KEY (user_id, digest)');
CALL salesflow.ensure_index('public.webhook_deliveries', 'webhook_deliveries_expires_idx', '(expires_at)');
CALL salesflow.ensure_user_policy('public.webhook_deliveries');
CALL salesflow.ensure_policy('public.webhook_deliveries', 'salesflow_worker_all', 'TO salesflow_worker USING (true)');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE public.webhook_deliveries', 'salesflow_app');
CALL salesflow.ensure_grant('SELECT, DELETE', 'TABLE public.webhook_deliveries', 'salesflow_worker');

CREATE FUNCTION salesflow.find_webhook_secrets(p_user_id uuid, p_webhook_id uuid, p_channel text)
RETURNS TABLE (secret_id uuid, user_id uuid, org_id uuid, org_role text, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.id, s.user_id, m.org_id, m.role, s.sealed
  FROM public.webhook_secrets AS s
  LEFT JOIN public.users AS u ON u.id = s.user_id
  LEFT JOIN public.org_members AS m ON m.org_id = s.org_id AND m.user_id = s.user_id
  WHERE s.user_id = coalesce((SELECT w.user_id FROM public.webhook_secrets AS w WHERE w.id = p_webhook_id), p_user_id)
    AND s.channel = p_channel AND coalesce(s.expires_at, 'infinity') > now() AND coalesce(u.is_active, true)
  ORDER BY s.created_at DESC
  LIMIT 10
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.find_webhook_secrets(uuid, uuid, text)', 'salesflow_auth');
