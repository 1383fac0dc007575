-- Takes back what 0011_base_deals.up.sql made.
CALL salesflow.undo(11);
DROP FUNCTION salesflow.enter_deal_stage();
