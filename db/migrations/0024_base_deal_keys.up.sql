-- why: deals are sorted and filtered by value, which as a numeric can serve no index under row level security;
--      value_minor is the same in minor units (cents), 0 where there is no number. A found table without weighted_value gets it as a plain
--      column, since a generated one would rewrite the table.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on deals while columns and triggers are added (no rewrite, no scan)
-- owner: deals
-- undo: 0024_base_deal_keys.down.sql
CALL salesflow.ensure_table('public.deals', 'value_minor bigint');

CREATE FUNCTION salesflow.set_deal_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  v_value numeric := NEW.value;
BEGIN
  IF v_value > '-Infinity' AND v_value < 'Infinity' THEN  -- NaN is greater
    NEW.value_minor := least(greatest(round(v_value * 100), -9223372036854775807), 9223372036854775807);
  ELSE
    NEW.value_minor := 0;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION salesflow.set_weighted_value() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.weighted_value := CASE WHEN NEW.value::numeric > '-Infinity' AND NEW.value::numeric < 'Infinity' THEN NEW.value * NEW.probability / 100 END;
  RETURN NEW;
END $$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'public.deals'::regclass AND attname = 'weighted_value' AND NOT attisdropped) THEN
    CALL salesflow.ensure_table('public.deals', 'weighted_value numeric');
    CALL salesflow.ensure_trigger('public.deals', 'zz_salesflow_weighted_value', 'BEFORE INSERT OR UPDATE',
      'FOR EACH ROW EXECUTE FUNCTION salesflow.set_weighted_value()');
  END IF;
END $$;
CALL salesflow.ensure_keys('public.deals', 'set_deal_keys');
CALL salesflow.ensure_backfill('public.deals', true);
CALL salesflow.seal();
