-- Takes back what 0009_base_leads.up.sql made.
CALL salesflow.undo(9);
DROP FUNCTION salesflow.fill_lead_owner();
