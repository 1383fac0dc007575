-- Takes back what 0141_phase1_partitions_owner.up.sql changed.
CALL salesflow.undo(141);
CALL salesflow.seal();
