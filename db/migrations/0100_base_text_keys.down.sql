-- Gives the functions their old text, and takes the new ones away. Keys keep what they are until their row is written.
CALL salesflow.undo(100);
DROP TABLE salesflow.default_country;
DROP FUNCTION salesflow.derive_phone_keys();
DROP FUNCTION salesflow.derive_all_phone_keys();
DROP PROCEDURE salesflow.replace_in_function(text, text[]);
DROP PROCEDURE salesflow.keep_function(text);
