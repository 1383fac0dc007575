-- Counters stay as they are; a disabled found trigger counts on.
CALL salesflow.undo(28);
DROP FUNCTION salesflow.recount_messages();
DROP FUNCTION salesflow.uncount_messages();
DROP PROCEDURE salesflow.shift_conversations(uuid[], uuid[], bigint[], bigint[]);
DROP FUNCTION salesflow.count_messages();
