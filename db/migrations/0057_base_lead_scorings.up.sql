-- why: a batch rescores the leads whose score was looked at longest ago, and writes a lead only when its score changed.
--      When it was looked at therefore stands beside the lead, in a narrow row: 0.2 kB of WAL where a rewritten lead,
--      which no update of an indexed time can keep on its page, costs 1.4 kB.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on leads while the trigger and the foreign key are added, no scan
-- owner: scoring
-- undo: 0057_base_lead_scorings.down.sql
--
--   scored_at  when the score was computed last, whether or not it changed; -infinity where that is not known.
--              A lead without a row, and without a score, was never scored. A lead of no user has none.
CALL salesflow.ensure_own_table('public.lead_scorings', $$
  user_id uuid NOT NULL
  lead_id uuid NOT NULL
  scored_at timestamptz NOT NULL
$$);
CALL salesflow.ensure_constraint('public.lead_scorings', 'lead_scorings_pkey', 'PRIMARY KEY (user_id, lead_id)');
CALL salesflow.ensure_index('public.lead_scorings', 'lead_scorings_user_scored_idx', '(user_id, scored_at, lead_id)');
CALL salesflow.ensure_foreign_key('public.lead_scorings', 'salesflow_lead_fkey', 'user_id, lead_id', 'public.leads (user_id, id)', 'ON DELETE CASCADE');
CALL salesflow.ensure_user_policy('public.lead_scorings');
-- Half of each page is free: most updates move one entry of the second index and none of the table's pages.
CALL salesflow.ensure_storage('public.lead_scorings', '{fillfactor=70,autovacuum_vacuum_scale_factor=0.1}');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE', 'TABLE public.lead_scorings', 'salesflow_app');

-- Follows leads.p_score and last_scored_at, whoever writes them. It never waits: a row that a batch holds gets its time
-- from that batch, and whoever waited here would hold the lead that the batch may want.
CREATE FUNCTION salesflow.follow_lead_scoring() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_at timestamptz := coalesce(NEW.last_scored_at, '-infinity');
  v_known timestamptz := (SELECT s.scored_at FROM public.lead_scorings AS s WHERE s.user_id = NEW.user_id AND s.lead_id = NEW.id);
BEGIN
  IF v_known IS NULL THEN
    INSERT INTO public.lead_scorings (user_id, lead_id, scored_at) VALUES (NEW.user_id, NEW.id, v_at) ON CONFLICT DO NOTHING;
  ELSIF v_known <> v_at THEN
    UPDATE public.lead_scorings AS s SET scored_at = v_at
    FROM (SELECT k.user_id, k.lead_id FROM public.lead_scorings AS k
          WHERE k.user_id = NEW.user_id AND k.lead_id = NEW.id FOR NO KEY UPDATE SKIP LOCKED) AS k
    WHERE s.user_id = k.user_id AND s.lead_id = k.lead_id;
  END IF;
  RETURN NULL;
END $$;
-- A lead that is handed over, or loses its user, takes nothing along that is made from it: its row is the old user's.
CREATE FUNCTION salesflow.leave_lead_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM public.lead_scorings AS s WHERE s.user_id = OLD.user_id AND s.lead_id = OLD.id;
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.leads', 'salesflow_leave_user', 'BEFORE UPDATE OF user_id',
  'FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION salesflow.leave_lead_user()');
CALL salesflow.ensure_trigger('public.leads', 'salesflow_scoring_insert', 'AFTER INSERT',
  'FOR EACH ROW WHEN (NEW.p_score_key IS NOT NULL AND NEW.user_id IS NOT NULL) EXECUTE FUNCTION salesflow.follow_lead_scoring()');
CALL salesflow.ensure_trigger('public.leads', 'salesflow_scoring_update', 'AFTER UPDATE',
  'FOR EACH ROW WHEN (NEW.p_score_key IS NOT NULL AND NEW.user_id IS NOT NULL AND (OLD.p_score_key IS NULL OR NEW.last_scored_at IS DISTINCT FROM OLD.last_scored_at OR NEW.user_id IS DISTINCT FROM OLD.user_id)) EXECUTE FUNCTION salesflow.follow_lead_scoring()');
CALL salesflow.seal();
