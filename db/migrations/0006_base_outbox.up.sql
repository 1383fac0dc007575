-- why: caches and event streams must learn of every write, also of one made outside the service. Each
--      writing statement leaves one row per tenant and topic in the outbox, in its own transaction.
--      Statement-level triggers with transition tables: one row for a bulk load of a million.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: platform/cache
-- undo: 0006_base_outbox.down.sql

-- tenant_kind is 'user' or 'org', without a CHECK: PostgreSQL reads its expression anew in every statement that inserts,
-- some 5 of the 23 µs that the outbox costs a single insert, and only the functions below write here.
CALL salesflow.ensure_own_table('public.outbox', $$
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
  tenant_kind text NOT NULL
  tenant_id uuid NOT NULL
  topic text NOT NULL
  created_at timestamptz NOT NULL DEFAULT now()
$$);
-- Rows live for milliseconds; vacuum keeps up by rows, not by share.
CALL salesflow.ensure_storage('public.outbox',
  '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=10000,autovacuum_vacuum_insert_scale_factor=0,autovacuum_vacuum_insert_threshold=100000}');

-- The writers' side. SECURITY DEFINER because no writer may touch the outbox itself. The path is not set
-- per call (that costs a tenth of an insert) and needs not be: every name below is qualified and no
-- operator is used, so a caller's search_path has nothing to replace.
CREATE FUNCTION salesflow.note_user_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.outbox (tenant_kind, tenant_id, topic)
  SELECT DISTINCT 'user', changed.user_id, TG_ARGV[0] FROM changed WHERE changed.user_id IS NOT NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION salesflow.note_org_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.outbox (tenant_kind, tenant_id, topic)
  SELECT DISTINCT 'org', changed.org_id, TG_ARGV[0] FROM changed WHERE changed.org_id IS NOT NULL;
  RETURN NULL;
END $$;

-- An update may move a row to another tenant: both are told.
CREATE FUNCTION salesflow.note_user_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.outbox (tenant_kind, tenant_id, topic)
  SELECT 'user', tenants.user_id, TG_ARGV[0]
  FROM (SELECT changed.user_id FROM changed UNION SELECT before.user_id FROM before) AS tenants WHERE tenants.user_id IS NOT NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION salesflow.note_org_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.outbox (tenant_kind, tenant_id, topic)
  SELECT 'org', tenants.org_id, TG_ARGV[0]
  FROM (SELECT changed.org_id FROM changed UNION SELECT before.org_id FROM before) AS tenants WHERE tenants.org_id IS NOT NULL;
  RETURN NULL;
END $$;

-- Attaches the outbox to a table. p_kind: 'user' (column user_id) or 'org' (column org_id); the topic is
-- the table's name.
CREATE PROCEDURE salesflow.ensure_outbox(p_table text, p_kind text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  topic text := split_part(p_table, '.', 2);
BEGIN
  CALL salesflow.ensure_trigger(p_table, 'salesflow_outbox_insert', 'AFTER INSERT',
    format('REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I(%L)', format('note_%s_write', p_kind), topic));
  CALL salesflow.ensure_trigger(p_table, 'salesflow_outbox_update', 'AFTER UPDATE',
    format('REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I(%L)', format('note_%s_update', p_kind), topic));
  CALL salesflow.ensure_trigger(p_table, 'salesflow_outbox_delete', 'AFTER DELETE',
    format('REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION salesflow.%I(%L)', format('note_%s_write', p_kind), topic));
END $$;

-- All that every tenant table has: the wall, row_version, the outbox, and the service's grants.
--   p_kind: 'user' or 'org'; p_updated_at: it has a column updated_at timestamptz
CREATE PROCEDURE salesflow.ensure_tenant_table(p_table text, p_kind text, p_updated_at boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_kind = 'user' THEN
    CALL salesflow.ensure_user_policy(p_table);
  ELSE
    CALL salesflow.ensure_org_policy(p_table);
  END IF;
  CALL salesflow.ensure_row_version(p_table, p_updated_at);
  CALL salesflow.ensure_outbox(p_table, p_kind);
  CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE ' || p_table, 'salesflow_app');
END $$;

CALL salesflow.enable_rls('public.outbox');
CALL salesflow.ensure_policy('public.outbox', 'salesflow_worker_all', 'TO salesflow_worker USING (true)');
CALL salesflow.ensure_grant('SELECT, DELETE', 'TABLE public.outbox', 'salesflow_worker');
CALL salesflow.seal();
