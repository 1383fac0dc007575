-- Takes back what 0129_phase1_replica_identity.up.sql made.
CALL salesflow.undo(129);
