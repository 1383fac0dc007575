-- why: the hot list orders by p_score, then i_score, which stand in two tables; lead_hot holds both keys of each hot
--      lead. It is a projection: made from leads and satellites by triggers of the scoring room, read only.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on leads for the foreign key, no scan
-- owner: scoring
-- undo: 0029_base_lead_hot.down.sql
--
--   i_score_key  -1 where the lead has none: a sort column has no NULLs
CALL salesflow.ensure_own_table('public.lead_hot', $$
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  p_score_key smallint NOT NULL
  v_score_key smallint
  i_score_key smallint NOT NULL DEFAULT -1
$$);
CALL salesflow.ensure_constraint('public.lead_hot', 'lead_hot_pkey', 'PRIMARY KEY (user_id, lead_id)');
CALL salesflow.ensure_foreign_key('public.lead_hot', 'salesflow_lead_fkey', 'user_id, lead_id', 'public.leads (user_id, id)', 'ON DELETE CASCADE');
CALL salesflow.ensure_user_policy('public.lead_hot');
CALL salesflow.ensure_storage('public.lead_hot', '{fillfactor=85}');
CALL salesflow.ensure_grant('SELECT', 'TABLE public.lead_hot', 'salesflow_app');
