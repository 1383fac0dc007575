-- Takes the helpers away.
CALL salesflow.undo(201);
DROP PROCEDURE salesflow.unschedule(text);
DROP FUNCTION salesflow.refresh_materialized_view(text);
DROP PROCEDURE salesflow.ensure_tenant_view(text, text);
DROP PROCEDURE salesflow.ensure_materialized_view(text, text);
DROP PROCEDURE salesflow.set_aside_relation(text);
