-- Takes the helpers away.
DROP PROCEDURE salesflow.set_aside_writers(text, text);
DROP PROCEDURE salesflow.ensure_backfill(text, boolean);
DROP FUNCTION salesflow.keep_version_and_time();
DROP FUNCTION salesflow.keep_version();
DROP PROCEDURE salesflow.ensure_keys(text, text);
