-- Nobody is an operator any more; superadmins are as before.
CALL salesflow.undo(34);
DROP FUNCTION salesflow.may_operate();
DROP TABLE salesflow.operators;
