-- Takes the functions away; `salesflow partition` of this version needs them.
CALL salesflow.undo(36);
DROP FUNCTION salesflow.make_month_ahead(integer);
DROP FUNCTION salesflow.hold_partitions();
DROP PROCEDURE salesflow.make_month(regclass, text, timestamptz, timestamptz);
DROP FUNCTION salesflow.missing_months(regclass, integer);
