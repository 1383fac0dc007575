-- why: under row level security lower(status), numeric scores and a temperature that is text or number can serve no
--      index; plain keys do (861 buffers for 50 rows became 47).
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on leads, lead_verifications, lead_intents and lead_enrichments while columns and triggers
--      are added (no rewrite, no scan)
-- owner: leads
-- undo: 0022_base_lead_keys.down.sql
--
--   status_key         lower(status), 'new' where there is none, at most 50 characters: a B-tree refuses long text, and
--                      with it the row
--   p_score_key        p_score × 100, 0..10000, NULL when not scored or NaN; v_score_key and i_score_key likewise
--   temperature_score  0..100. Numeric text is its clamped number, hot 85, warm 50, cold 15, anything else 50
CALL salesflow.ensure_table('public.leads', $$
  status_key text
  p_score_key smallint
  temperature_score smallint
$$);
CALL salesflow.ensure_table('public.lead_verifications', 'v_score_key smallint');
CALL salesflow.ensure_table('public.lead_intents', 'i_score_key smallint');

-- Of temperature and temperature_score the one that changed decides, the score when both did. The other follows in
-- its own form: a column or row that held a number gets the number, others hot (>= 80), warm (>= 50) or cold.
CREATE FUNCTION salesflow.set_lead_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  v_text text := lower(btrim(NEW.temperature::text));
  v_numeric boolean := coalesce(v_text ~ '^[+-]?[0-9]{1,30}(\.[0-9]{0,30})?$', false);
  v_score smallint := CASE WHEN v_numeric THEN least(greatest(round(v_text::numeric), 0), 100)
                           ELSE CASE v_text WHEN 'hot' THEN 85 WHEN 'cold' THEN 15 ELSE 50 END END;
  v_by_score boolean := NEW.temperature_score IS NOT NULL;
BEGIN
  NEW.status_key := left(lower(coalesce(NEW.status::text, 'new')), 50);
  NEW.p_score_key := CASE WHEN NEW.p_score::text <> 'NaN' THEN least(greatest(round(NEW.p_score * 100), 0), 10000) END;
  IF TG_OP = 'UPDATE' THEN
    v_by_score := v_by_score AND NEW.temperature_score IS DISTINCT FROM OLD.temperature_score;
    IF NOT v_by_score AND NEW.temperature_score IS NOT NULL AND NEW.temperature::text IS NOT DISTINCT FROM OLD.temperature::text THEN
      RETURN NEW;
    END IF;
  END IF;
  IF NOT v_by_score THEN
    NEW.temperature_score := v_score;
    RETURN NEW;
  END IF;
  NEW.temperature_score := least(greatest(NEW.temperature_score, 0), 100);
  IF v_numeric OR pg_typeof(NEW.temperature) IN ('smallint'::regtype, 'integer', 'bigint', 'numeric', 'real', 'double precision') THEN
    IF v_text IS NULL OR v_score <> NEW.temperature_score THEN
      NEW.temperature := NEW.temperature_score;
    END IF;
  ELSIF v_text IS NULL OR v_text NOT IN ('hot', 'warm', 'cold') OR width_bucket(v_score, ARRAY[50, 80]) <> width_bucket(NEW.temperature_score, ARRAY[50, 80]) THEN
    NEW.temperature := CASE WHEN NEW.temperature_score >= 80 THEN 'hot' WHEN NEW.temperature_score >= 50 THEN 'warm' ELSE 'cold' END;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION salesflow.set_v_score_key() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.v_score_key := CASE WHEN NEW.v_score::text <> 'NaN' THEN least(greatest(round(NEW.v_score * 100), 0), 10000) END;
  RETURN NEW;
END $$;

CREATE FUNCTION salesflow.set_i_score_key() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.i_score_key := CASE WHEN NEW.i_score::text <> 'NaN' THEN least(greatest(round(NEW.i_score * 100), 0), 10000) END;
  RETURN NEW;
END $$;

CALL salesflow.ensure_keys('public.leads', 'set_lead_keys');
CALL salesflow.ensure_keys('public.lead_verifications', 'set_v_score_key');
CALL salesflow.ensure_keys('public.lead_intents', 'set_i_score_key');
CALL salesflow.ensure_backfill('public.leads', true);
CALL salesflow.ensure_backfill('public.lead_verifications', true);
CALL salesflow.ensure_backfill('public.lead_intents', true);
CALL salesflow.ensure_backfill('public.lead_enrichments', true);
CALL salesflow.seal();
