-- Roll-ups themselves have gone with the migrations that declared them.
CALL salesflow.undo(30);
DROP FUNCTION salesflow.fold_rollups(integer);
DROP FUNCTION salesflow.verify_rollups();
DROP PROCEDURE salesflow.recount_rollup(text);
DROP PROCEDURE salesflow.ensure_rollup(text, text, text[], text, text, text, text);
DROP PROCEDURE salesflow.make_rollup(salesflow.rollups, text, boolean);
DROP PROCEDURE salesflow.make_rollup_function(salesflow.rollups, boolean);
DROP FUNCTION salesflow.rollup_addend(text);
DROP FUNCTION salesflow.rollup_lines(text);
DROP FUNCTION salesflow.rollup_difference(salesflow.rollups);
DROP FUNCTION salesflow.rollup_insert(salesflow.rollups, text);
DROP FUNCTION salesflow.rollup_sums(salesflow.rollups, text);
DROP FUNCTION salesflow.rollup_list(text[], text);
DROP TABLE salesflow.rollups;
