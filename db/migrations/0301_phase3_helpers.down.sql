-- Takes the helpers away.
DROP PROCEDURE salesflow.publish_function(text, text, text);
DROP PROCEDURE salesflow.set_aside_function(text);
