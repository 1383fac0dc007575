-- Takes back what 0026_base_contact_keys.up.sql made.
CALL salesflow.undo(26);
DROP FUNCTION salesflow.set_contact_keys();
