-- Our own hashes go; found hashes were never touched but by people who changed their password.
CALL salesflow.undo(70);
DROP FUNCTION salesflow.write_auth_password(uuid, text);
DROP FUNCTION salesflow.list_auth_users();
DROP FUNCTION salesflow.read_auth_user(uuid, text);
DROP PROCEDURE salesflow.connect_auth();
DROP PROCEDURE salesflow.open_to_owner(oid, text);
DROP FUNCTION salesflow.auth_reader_body(text);
DROP FUNCTION salesflow.reaches(text, oid, text);
DROP FUNCTION salesflow.find_table(text, text);
DROP FUNCTION salesflow.fingerprint_found(text, text);
DROP TABLE salesflow.passwords;
DROP TABLE salesflow.adoption;
