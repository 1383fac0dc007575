-- Takes back what 0024_base_deal_keys.up.sql made.
CALL salesflow.undo(24);
DROP FUNCTION salesflow.set_weighted_value();
DROP FUNCTION salesflow.set_deal_keys();
