-- Takes back what 0202_phase2_mv_rlhf_sessions_daily.up.sql made and gives back what was found.
CALL salesflow.undo(202);
