-- Takes back what 0003_base_accounts.up.sql made.
CALL salesflow.undo(3);
