-- Takes the functions away; months that are detached stay.
CALL salesflow.undo(37);
DROP FUNCTION salesflow.detach_past_month(integer, text);
DROP FUNCTION salesflow.note_past_month(integer, text);
DROP FUNCTION salesflow.hold_past_month(integer);
DROP PROCEDURE salesflow.check_past_month(integer, text);
DROP FUNCTION salesflow.past_months(integer);
