-- Drops the table and the triggers that keep it; leads and satellites stay as they are.
CALL salesflow.undo(84);
DROP FUNCTION salesflow.follow_hot_leads();
DROP FUNCTION salesflow.follow_hot_lead_verifications();
DROP FUNCTION salesflow.follow_hot_lead_intents();
DROP FUNCTION salesflow.follow_hot_lead_enrichments();
DROP FUNCTION salesflow.refresh_lead_hot(uuid[], uuid[]);
DROP FUNCTION salesflow.time_or_null(text);
