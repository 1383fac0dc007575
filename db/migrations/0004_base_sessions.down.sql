-- Ends all sessions: tables and functions go, users stay.
CALL salesflow.undo(4);
DROP FUNCTION salesflow.purge_auth(integer);
DROP FUNCTION salesflow.list_revoked_sessions(timestamptz);
DROP FUNCTION salesflow.revoke_user_sessions(uuid, uuid);
DROP FUNCTION salesflow.revoke_session(uuid, uuid);
DROP FUNCTION salesflow.rotate_refresh_token(bytea, bytea, bytea, interval, interval);
DROP FUNCTION salesflow.open_session(uuid, uuid, uuid, text, bytea, interval);
DROP FUNCTION salesflow.record_login(uuid, text);
DROP FUNCTION salesflow.note_login_attempt(text, text, integer, integer, interval);
DROP FUNCTION salesflow.check_login_limits(text, text, integer, integer, interval);
DROP FUNCTION salesflow.fold_email(text);
DROP TABLE salesflow.login_attempts;
DROP TABLE salesflow.password_reset_tokens;
DROP TABLE salesflow.refresh_tokens;
DROP TABLE salesflow.sessions;
