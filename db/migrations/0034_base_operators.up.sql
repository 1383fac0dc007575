-- why: who watches a service that runs (and an agent that does it) need not be able to change everything, as a superadmin
--      can (docs/decisions/0073). The role stands beside users.role, whose values a found service and its clients know.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/adoption
-- undo: 0034_base_operators.down.sql
CREATE TABLE salesflow.operators (
  user_id uuid PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE salesflow.operators IS 'Users who may read /api/ops beside superadmins: salesflow operator add.';

-- Whether the user of this request may: an operator or a superadmin whose account is on. A users.role of 'operator' counts
-- where a found table allows one.
CREATE FUNCTION salesflow.may_operate() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.users AS u
                 WHERE u.id = nullif(current_setting('app.user_id', true), '')::uuid AND coalesce(u.is_active, true)
                   AND (u.role::text IN ('superadmin', 'operator') OR EXISTS (SELECT FROM salesflow.operators AS o WHERE o.user_id = u.id)))
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.may_operate()', 'salesflow_app');
