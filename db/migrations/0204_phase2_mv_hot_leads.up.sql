-- why: the hot leads with the newest verification, intent and enrichment of each: one row a lead, however many of
--      these it has.
-- phase: phase2
-- transaction: one
-- lock: none on found tables
-- owner: scoring
-- undo: 0204_phase2_mv_hot_leads.down.sql
--
-- Hot: p_score >= 75, and v_score >= 60 or never verified. Order by p_score_key DESC, i_score_key DESC, id DESC.
CALL salesflow.ensure_materialized_view('public.mv_hot_leads', $$
  SELECT l.id, l.user_id, l.name, l.email, l.phone, l.p_score, l.status, l.last_scored_at, v.v_score, i.i_score, e.e_score,
         e.company_name, i.last_activity_at, (l.p_score * 100)::integer AS p_score_key, coalesce(CASE WHEN abs(i.i_score) < 1000000 THEN i.i_score * 100 END, -1)::integer AS i_score_key
  FROM public.leads AS l
  LEFT JOIN (SELECT DISTINCT ON (lead_id) lead_id, v_score FROM public.lead_verifications
             ORDER BY lead_id, created_at DESC NULLS LAST, id DESC) AS v ON v.lead_id = l.id
  LEFT JOIN (SELECT DISTINCT ON (lead_id) lead_id, i_score, last_activity_at FROM public.lead_intents
             ORDER BY lead_id, created_at DESC NULLS LAST, id DESC) AS i ON i.lead_id = l.id
  LEFT JOIN (SELECT DISTINCT ON (lead_id) lead_id, e_score, company_name FROM public.lead_enrichments
             ORDER BY lead_id, created_at DESC NULLS LAST, id DESC) AS e ON e.lead_id = l.id
  WHERE l.p_score >= 75 AND l.p_score < 1000000 AND (v.v_score IS NULL OR v.v_score >= 60)
$$);
CREATE UNIQUE INDEX mv_hot_leads_key ON public.mv_hot_leads (id);
CREATE INDEX mv_hot_leads_user_idx ON public.mv_hot_leads (user_id, p_score_key DESC, i_score_key DESC, id DESC);
CALL salesflow.ensure_tenant_view('public.my_hot_leads', $$
  SELECT id, user_id, name, email, phone, p_score, status, last_scored_at, v_score, i_score, e_score, company_name,
         last_activity_at, p_score_key, i_score_key
  FROM public.mv_hot_leads
  WHERE user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
$$);
