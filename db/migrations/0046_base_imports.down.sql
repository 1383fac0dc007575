-- Takes back what 0046_base_imports.up.sql made.
CALL salesflow.undo(46);
