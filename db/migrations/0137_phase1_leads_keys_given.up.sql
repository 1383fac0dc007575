-- why: an import makes the keys of its rows once, to look for their leads; the trigger made the same keys again, a sixth of
--      what a row cost. It takes them from an insert of a transaction that says so; others' are made as before.
-- phase: phase1
-- transaction: one
-- lock: none on a table
-- owner: leads
-- undo: 0137_phase1_leads_keys_given.down.sql
CALL salesflow.keep_function('salesflow.set_lead_match_keys()');
CALL salesflow.replace_in_function('salesflow.set_lead_match_keys()',
  $$IF TG_OP = 'INSERT' OR OLD.name_key IS NULL$$,
  $$IF TG_OP = 'INSERT' AND NEW.name_key IS NOT NULL AND current_setting('salesflow.lead_keys', true) = 'made' THEN
    NULL;
  ELSIF TG_OP = 'INSERT' OR OLD.name_key IS NULL$$);
CALL salesflow.seal();
