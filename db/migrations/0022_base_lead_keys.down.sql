-- Takes the key columns away; temperature keeps what it was last set to.
CALL salesflow.undo(22);
DROP FUNCTION salesflow.set_i_score_key();
DROP FUNCTION salesflow.set_v_score_key();
DROP FUNCTION salesflow.set_lead_keys();
