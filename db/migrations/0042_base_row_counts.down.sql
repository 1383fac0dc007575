-- The counts go; they can be counted again.
CALL salesflow.undo(42);
DROP FUNCTION salesflow.fold_row_counts(integer);
DROP PROCEDURE salesflow.recount_org_rows(text);
DROP PROCEDURE salesflow.recount_user_rows(text);
DROP PROCEDURE salesflow.ensure_row_counts(text, text);
DROP FUNCTION salesflow.forget_row_counts();
DROP FUNCTION salesflow.move_org_row();
DROP FUNCTION salesflow.move_user_row();
DROP FUNCTION salesflow.count_org_rows();
DROP FUNCTION salesflow.count_user_rows();
