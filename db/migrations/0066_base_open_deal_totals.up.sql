-- why: board, list and summary tell how many deals are open and what they are worth (docs/decisions/0017).
-- phase: base
-- transaction: none
-- lock: SHARE ROW EXCLUSIVE on deals while the triggers are added, without a scan; then deals are read once, beside their
--       writers
-- owner: deals
-- undo: 0066_base_open_deal_totals.down.sql
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
CALL salesflow.recount_rollup('org_open_deal_totals');
