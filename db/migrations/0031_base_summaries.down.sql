-- Summaries and logs themselves have gone with the migrations that declared them.
CALL salesflow.undo(31);
DROP FUNCTION salesflow.verify_summaries();
DROP PROCEDURE salesflow.invalidate(text);
DROP PROCEDURE salesflow.invalidate_rows(text, text);
DROP FUNCTION salesflow.list_invalidations(integer);
DROP FUNCTION salesflow.refresh_summaries(integer);
DROP PROCEDURE salesflow.make_refresh(text);
DROP PROCEDURE salesflow.ensure_summary(text, text, text[], text, text[], text);
DROP PROCEDURE salesflow.empty_summaries(text);
DROP PROCEDURE salesflow.ensure_invalidation_log(text, text, text, text, text, text);
DROP FUNCTION salesflow.summary_keys(salesflow.summaries, text);
DROP FUNCTION salesflow.same_keys(text[], text, text);
DROP TABLE salesflow.summaries;
DROP TABLE salesflow.invalidation_logs;
