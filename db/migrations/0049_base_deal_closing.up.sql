-- why: won, closed_at and lost_reason follow the stage, whoever writes it: a move, a PATCH, a bulk update or another
--      service. Until now only a move set them, and reopening left them behind.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on deals while the triggers are added; no row is read or changed
-- owner: deals
-- undo: 0049_base_deal_closing.down.sql
--
-- The rule, applied when the stage changes (or a row arrives with a closing stage):
--   to won   won = true,  closed_at = the writer's or now, no reason for losing
--   to lost  won = false, closed_at = the writer's or now, the writer's reason
--   else     won and closed_at NULL, no reason for losing
-- A write that leaves the stage as it is changes none of these. What was there before stays as it was found; a row
-- inserted with an open stage keeps what its writer says.
CREATE FUNCTION salesflow.close_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.stage IN ('won', 'lost') THEN
    NEW.won := NEW.stage = 'won';
    IF NEW.closed_at IS NULL OR (TG_OP = 'UPDATE' AND NEW.closed_at IS NOT DISTINCT FROM OLD.closed_at) THEN
      NEW.closed_at := now();
    END IF;
  ELSE
    NEW.won := NULL;
    NEW.closed_at := NULL;
  END IF;
  IF NEW.stage IS DISTINCT FROM 'lost' THEN
    NEW.lost_reason := NULL;
    NEW.lost_to_competitor := NULL;
  END IF;
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.deals', 'salesflow_close_deal_insert', 'BEFORE INSERT',
  'FOR EACH ROW WHEN (NEW.stage IN (''won'', ''lost'')) EXECUTE FUNCTION salesflow.close_deal()');
CALL salesflow.ensure_trigger('public.deals', 'salesflow_close_deal_update', 'BEFORE UPDATE OF stage',
  'FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage) EXECUTE FUNCTION salesflow.close_deal()');
CALL salesflow.seal();
