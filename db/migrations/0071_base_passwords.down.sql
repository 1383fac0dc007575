-- Nobody can log in until it is applied again; users and hashes stay.
CALL salesflow.undo(71);
DROP FUNCTION salesflow.finish_adoption();
DROP FUNCTION salesflow.find_identity(uuid, uuid);
DROP FUNCTION salesflow.use_password_reset(bytea, text, text);
DROP FUNCTION salesflow.create_password_reset(text, bytea, interval);
DROP FUNCTION salesflow.signup_user(uuid, uuid, text, text, text, text, text, text, text);
DROP FUNCTION salesflow.change_password(uuid, text, text, uuid);
DROP FUNCTION salesflow.write_password(uuid, text, text);
DROP FUNCTION salesflow.store_password_hash(uuid, text, bytea);
DROP FUNCTION salesflow.read_sharing();
DROP FUNCTION salesflow.find_login(text);
DROP FUNCTION salesflow.describe_login(uuid);
DROP FUNCTION salesflow.is_blocked_elsewhere(uuid);
DROP FUNCTION salesflow.find_user_of(text);
DROP FUNCTION salesflow.ensure_profile(uuid, text, text, text, text);
