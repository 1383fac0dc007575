-- Requests read the tables as they are.
CALL salesflow.undo(99);
DROP PROCEDURE salesflow.ensure_served(text);
DROP FUNCTION salesflow.served_type(text, regtype, regtype);
DROP FUNCTION salesflow.json_of(text);
DROP FUNCTION salesflow.list_of(text);
DROP FUNCTION salesflow.text_as(text, anyelement);
DROP TABLE salesflow.served_columns;
