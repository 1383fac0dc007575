-- Drops the table and the triggers that keep it; leads keep their scores and last_scored_at.
CALL salesflow.undo(57);
DROP FUNCTION salesflow.leave_lead_user();
DROP FUNCTION salesflow.follow_lead_scoring();
