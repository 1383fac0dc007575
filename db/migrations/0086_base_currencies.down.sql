-- Takes back what 0086_base_currencies.up.sql made.
CALL salesflow.undo(86);
DROP FUNCTION salesflow.money_text(numeric, text);
DROP FUNCTION salesflow.currency_decimals(text);
DROP FUNCTION salesflow.currency_code(text);
