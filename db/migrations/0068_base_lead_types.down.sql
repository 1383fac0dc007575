-- Statements that write many leads at once are not there without the service.
CALL salesflow.undo(68);
DROP FUNCTION public.salesflow_lead_day(date);
DROP FUNCTION public.salesflow_lead_tags(text[]);
