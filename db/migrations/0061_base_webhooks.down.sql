-- Takes back what 0061_base_webhooks.up.sql made.
CALL salesflow.undo(61);
DROP FUNCTION salesflow.find_webhook_secrets(uuid, uuid, text);
