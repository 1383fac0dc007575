-- Takes the helpers away.
DROP PROCEDURE salesflow.publish_function(text, text, text);
