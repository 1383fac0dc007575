-- Takes back what 0010_base_contacts.up.sql made.
CALL salesflow.undo(10);
