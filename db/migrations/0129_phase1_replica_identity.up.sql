-- why: an organisation moves to another PostgreSQL by logical replication of its rows alone. A publication that filters rows
--      refuses every change of a table whose replica identity lacks the tenant.
-- phase: phase1
-- transaction: none
-- lock: ACCESS EXCLUSIVE on one tenant table at a time, for an instant (no rewrite, no scan)
-- owner: platform/migrations
-- undo: 0129_phase1_replica_identity.down.sql
--
-- Tables that are not named have their tenant in the primary key, or all columns from the start (roll-ups).
CALL salesflow.ensure_identity('public.message_events', 'idx_message_events_user_created_direction');
CALL salesflow.ensure_identity('public.autopilot_settings');
CALL salesflow.ensure_identity('public.leads', 'leads_user_id_id_key');
CALL salesflow.ensure_identity('public.lead_verifications', 'lead_verifications_user_lead_idx');
CALL salesflow.ensure_identity('public.lead_enrichments', 'lead_enrichments_user_lead_idx');
CALL salesflow.ensure_identity('public.lead_intents', 'lead_intents_user_lead_idx');
CALL salesflow.ensure_identity('public.lead_interactions', 'idx_lead_interactions_user_lead');
CALL salesflow.ensure_identity('public.followup_suggestions', 'idx_followup_suggestions_user_lead');
CALL salesflow.ensure_identity('public.contacts', 'contacts_org_id_id_key');
CALL salesflow.ensure_identity('public.deals', 'deals_org_id_id_key');
CALL salesflow.ensure_identity('public.tasks', 'tasks_org_id_id_key');
CALL salesflow.ensure_identity('public.activities', 'idx_activities_org_occurred');
CALL salesflow.ensure_identity('public.crm_notes', 'idx_crm_notes_user_created');
CALL salesflow.ensure_identity('public.rlhf_feedback_sessions', 'idx_rlhf_sessions_created_outcome');
CALL salesflow.ensure_identity('public.dm_conversations', 'dm_conversations_user_id_id_key');
CALL salesflow.ensure_identity('public.dm_messages', 'idx_dm_messages_conversation_sent');
CALL salesflow.ensure_identity('public.dm_sequence_templates');
CALL salesflow.ensure_identity('public.platform_connections', 'platform_connections_user_platform_key');
CALL salesflow.ensure_identity('public.message_queue');
CALL salesflow.ensure_identity('public.webhook_secrets', 'webhook_secrets_user_channel_idx');
