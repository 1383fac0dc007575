-- What the old service and its PostgREST clients send. A block: "-- name | role | needs", the statement below it. The role
-- is authenticated (with the user's claims), service_role, anon or owner; needs are tables, or columns as table.column.
-- @user, @org, @lead, @lead2, @contact, @deal, @task, @conversation are a user's own; @other_user, @other_org,
-- @other_lead, @other_contact somebody else's; @orphan_lead has no user.

-- lead: created by PostgREST | authenticated | leads.tags leads.company leads.platform
WITH pgrst_source AS (INSERT INTO public.leads (user_id, name, company, platform, status)
  SELECT user_id, name, company, platform, status FROM json_populate_recordset(NULL::public.leads, '[{"user_id": "@user", "name": "New", "company": "C", "platform": "WhatsApp", "status": "NEW"}]')
  RETURNING public.leads.*)
SELECT count(*), coalesce(json_agg(pgrst_source), '[]') FROM pgrst_source
-- lead: created with nothing but its user | service_role | leads
INSERT INTO leads (user_id) VALUES (@user) RETURNING *
-- lead: created without a user | service_role | leads
INSERT INTO leads (name, p_score) VALUES ('Nobody''s', 80) RETURNING *
-- leads: many at once | service_role | leads.email leads.phone
INSERT INTO leads (user_id, name, email, phone) SELECT @user, 'Bulk ' || i, 'bulk' || i || '@example.com', NULL FROM generate_series(1, 50) AS i
-- lead: the same again, as a client that repeats | authenticated | leads.email leads.instagram
INSERT INTO leads (user_id, name, email, instagram) SELECT user_id, name, email, instagram FROM leads WHERE id = @lead
-- lead: name and notes | authenticated | leads.notes
UPDATE leads SET name = 'Changed', notes = 'n' WHERE id = @lead RETURNING *
-- lead: name taken away | authenticated | leads
UPDATE leads SET name = NULL WHERE id = @lead2
-- lead: status | authenticated | leads
UPDATE leads SET status = 'WON' WHERE id = @lead
-- lead: status taken away | authenticated | leads
UPDATE leads SET status = NULL WHERE id = @lead2
-- lead: temperature by its own type | service_role | leads.temperature
UPDATE leads SET temperature = '80' WHERE user_id = @user
-- lead: scored | service_role | leads.p_score_trend leads.last_scored_at
UPDATE leads SET p_score = 77.5, p_score_trend = 'up', last_scored_at = now() WHERE id = @lead
-- lead: nobody's is scored | service_role | leads
UPDATE leads SET p_score = 12 WHERE id = @orphan_lead
-- leads: all are scored | service_role | leads
UPDATE leads SET p_score = 50 WHERE id IS NOT NULL
-- lead: handed over, satellites and all | service_role | leads
UPDATE leads SET user_id = @other_user WHERE id = @lead
-- lead: nobody's gets a user | service_role | leads
UPDATE leads SET user_id = @user WHERE id = @orphan_lead
-- lead: loses its user | service_role | leads
UPDATE leads SET user_id = NULL WHERE id = @lead2
-- lead: contact status | service_role | leads.contact_status leads.awaiting_reply_since leads.last_contact_date
UPDATE leads SET contact_status = 'awaiting_reply', awaiting_reply_since = now()::timestamp, last_contact_date = now()::timestamp WHERE id = @lead
-- lead: next follow-up | service_role | leads.next_follow_up
UPDATE leads SET next_follow_up = '2026-05-01' WHERE id = @lead
-- lead: customer | service_role | leads.customer_since leads.orders_count
UPDATE leads SET status = 'won', customer_since = now(), orders_count = orders_count + 1 WHERE id = @lead
-- lead: deleted, its satellites go along | authenticated | leads
DELETE FROM leads WHERE id = @lead
-- leads: list | authenticated | leads
SELECT * FROM leads WHERE user_id = @user ORDER BY created_at DESC LIMIT 1000
-- leads: views | anon | leads.p_score lead_verifications.v_score lead_intents.i_score
SELECT * FROM v_hot_leads

-- event: created | authenticated | message_events.raw_payload
INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, raw_payload, autopilot_status)
VALUES (@user, @lead, 'email', 'inbound', 'from the old service', '{"a": 1}', 'pending') RETURNING *
-- event: without a contact, very long | service_role | message_events
INSERT INTO message_events (user_id, channel, direction, normalized_text) VALUES (@user, 'whatsapp', 'outbound', repeat('long text ', 2000))
-- event: of a user that nobody knows | service_role | message_events
INSERT INTO message_events (user_id, channel, direction, normalized_text) VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 'email', 'inbound', 'x')
-- events: suggested | service_role | message_events.suggested_reply
UPDATE message_events SET autopilot_status = 'suggested', suggested_reply = '{"text": "yes"}' WHERE user_id = @user AND autopilot_status = 'pending'
-- events: deleted | service_role | message_events
DELETE FROM message_events WHERE user_id = @user AND autopilot_status = 'skipped'

-- contact: created by its user | authenticated | contacts
INSERT INTO contacts (user_id, name, email) VALUES (@user, 'Old', 'old@example.com') RETURNING *
-- contact: created with nothing else | service_role | contacts
INSERT INTO contacts (user_id, name) VALUES (@user, 'Bare')
-- contact: created in an organisation | service_role | contacts.org_id contacts.owner_id
INSERT INTO contacts (org_id, owner_id, name, status, tags) VALUES (@org, @user, 'With organisation', 'lead', '{}')
-- contact: NULLs given by name | service_role | contacts.status contacts.lifecycle_stage contacts.tags
INSERT INTO contacts (user_id, name, status, lifecycle_stage, tags, updated_at) VALUES (@user, 'Nulls', NULL, NULL, NULL, NULL)
-- contact: changed | authenticated | contacts.company
UPDATE contacts SET company = 'Other', updated_at = NULL WHERE id = @contact RETURNING *
-- contact: another organisation | service_role | contacts.org_id
UPDATE contacts SET org_id = @other_org WHERE id = @contact
-- contact: no organisation any more | service_role | contacts.org_id
UPDATE contacts SET org_id = NULL WHERE id = @contact
-- contact: deleted, its deals stay | service_role | contacts
DELETE FROM contacts WHERE id = @contact

-- deal: created | service_role | deals.owner_id
INSERT INTO deals (org_id, owner_id, contact_id, title, value) VALUES (@org, @user, @contact, 'Old deal', 100) RETURNING *
-- deal: with a contact of others | service_role | deals
INSERT INTO deals (org_id, contact_id, title, value) VALUES (@org, @other_contact, 'Foreign contact', 100)
-- deal: without an organisation | service_role | deals.org_id
INSERT INTO deals (title, contact_id) VALUES ('Nobody''s deal', @contact)
-- deal: stage | service_role | deals.stage
UPDATE deals SET stage = 'won', won = true, closed_at = now() WHERE id = @deal
-- deal: stage taken away | service_role | deals.stage
UPDATE deals SET stage = NULL, value = NULL, probability = NULL WHERE id = @deal
-- deal: value | service_role | deals.value
UPDATE deals SET value = 12345.67, probability = 80 WHERE id = @deal RETURNING *
-- deal: contact of others | service_role | deals.contact_id
UPDATE deals SET contact_id = @other_contact WHERE id = @deal
-- deal: another organisation | service_role | deals.org_id
UPDATE deals SET org_id = @other_org WHERE id = @deal
-- deal: deleted | service_role | deals
DELETE FROM deals WHERE id = @deal

-- task: created | service_role | tasks.assigned_to
INSERT INTO tasks (org_id, title, due_at, assigned_to) VALUES (@org, 'Old task', now(), @user) RETURNING *
-- task: with a contact of others | service_role | tasks
INSERT INTO tasks (org_id, contact_id, title, due_at) VALUES (@org, @other_contact, 'Foreign contact', now())
-- task: with a lead as contact | service_role | tasks
INSERT INTO tasks (org_id, contact_id, title, due_at) VALUES (@org, @lead, 'A lead', now())
-- task: without an organisation | service_role | tasks.org_id
INSERT INTO tasks (title, contact_id, due_at) VALUES ('Nobody''s task', @contact, now())
-- task: done | service_role | tasks.status
UPDATE tasks SET status = 'completed', priority = NULL WHERE id = @task
-- task: deleted | service_role | tasks
DELETE FROM tasks WHERE id = @task

-- note: created | authenticated | crm_notes.metadata
INSERT INTO crm_notes (user_id, lead_id, content, metadata) VALUES (@user, @lead, 'From the old service', '{}') RETURNING *
-- note: on a lead of others | service_role | crm_notes
INSERT INTO crm_notes (user_id, lead_id, content) VALUES (@user, @other_lead, 'x')
-- note: on a lead that is not there | service_role | crm_notes
INSERT INTO crm_notes (user_id, lead_id, contact_id, content) VALUES (@user, gen_random_uuid(), gen_random_uuid(), 'x')
-- note: changed | authenticated | crm_notes
UPDATE crm_notes SET content = 'changed' WHERE user_id = @user
-- notes: deleted | authenticated | crm_notes
DELETE FROM crm_notes WHERE user_id = @user AND lead_id = @lead

-- conversation: created | authenticated | dm_conversations
INSERT INTO dm_conversations (user_id, contact_id, platform) VALUES (@user, @lead, 'instagram') RETURNING *
-- conversation: with a lead of others | service_role | dm_conversations
INSERT INTO dm_conversations (user_id, contact_id, platform) VALUES (@user, @other_lead, 'instagram')
-- conversation: status taken away | service_role | dm_conversations.status dm_conversations.priority_score
UPDATE dm_conversations SET status = NULL, priority_score = NULL WHERE id = @conversation
-- conversation: deleted | authenticated | dm_conversations
DELETE FROM dm_conversations WHERE id = @conversation
-- message: received | authenticated | dm_messages
INSERT INTO dm_messages (conversation_id, user_id, direction, content) VALUES (@conversation, @user, 'inbound', 'Hello') RETURNING *
-- message: of another user | service_role | dm_messages
INSERT INTO dm_messages (conversation_id, user_id, direction, content) VALUES (@conversation, @other_user, 'outbound', 'Hello')
-- message: without a time | service_role | dm_messages.sent_at
INSERT INTO dm_messages (conversation_id, user_id, direction, content, sent_at) VALUES (@conversation, @user, 'outbound', 'Hello', NULL)
-- messages: read | service_role | dm_messages.read_at
UPDATE dm_messages SET read_at = now() WHERE conversation_id = @conversation
-- messages: deleted | service_role | dm_messages
DELETE FROM dm_messages WHERE conversation_id = @conversation

-- verification: first | authenticated | lead_verifications.v_score
INSERT INTO lead_verifications (lead_id, v_score) VALUES (@lead, 90) RETURNING *
-- verification: of nobody's lead | service_role | lead_verifications.v_score
INSERT INTO lead_verifications (lead_id, v_score) VALUES (@orphan_lead, 90)
-- verification: changed | service_role | lead_verifications.v_score
UPDATE lead_verifications SET v_score = NULL WHERE lead_id = @lead
-- verifications: deleted | service_role | lead_verifications
DELETE FROM lead_verifications WHERE lead_id = @lead
-- intent: first | authenticated | lead_intents.i_score
INSERT INTO lead_intents (lead_id, i_score) VALUES (@lead, 90)
-- intent: of nobody's lead | service_role | lead_intents.i_score
INSERT INTO lead_intents (lead_id, i_score) VALUES (@orphan_lead, 10)
-- intents: changed | service_role | lead_intents.i_score
UPDATE lead_intents SET i_score = 20 WHERE lead_id = @lead
-- enrichment: first | service_role | lead_enrichments.e_score
INSERT INTO lead_enrichments (lead_id, e_score) VALUES (@orphan_lead, 40)
-- enrichment: changed | service_role | lead_enrichments.e_score
UPDATE lead_enrichments SET e_score = 5 WHERE lead_id = @lead
-- suggestion: created by the service | service_role | followup_suggestions.reason
INSERT INTO followup_suggestions (user_id, lead_id, flow, stage, suggested_message, due_at, reason) VALUES (@user, @lead, 'f', 1, 'Hello', now(), 'r')
-- suggestion: for a lead of others | service_role | followup_suggestions
INSERT INTO followup_suggestions (user_id, lead_id, flow, stage, suggested_message, due_at) VALUES (@user, @other_lead, 'f', 1, 'Hello', now())
-- suggestion: sent | authenticated | followup_suggestions.sent_at
UPDATE followup_suggestions SET status = 'sent', sent_at = now() WHERE user_id = @user
-- interaction: logged | authenticated | lead_interactions.summary
INSERT INTO lead_interactions (user_id, lead_id, interaction_type, summary) VALUES (@user, @lead, 'call', 'x')
-- interaction: nobody's | service_role | lead_interactions
INSERT INTO lead_interactions (interaction_type) VALUES ('call')
-- queue: put in | service_role | message_queue
INSERT INTO message_queue (user_id, lead_id, message) VALUES (@user, @lead, 'Hello')
-- queue: approved | service_role | message_queue.priority
UPDATE message_queue SET status = 'approved', priority = NULL WHERE user_id = @user
-- draft: stored | service_role | inbox_drafts
INSERT INTO inbox_drafts (user_id, contact_name, platform, draft_content) VALUES (@user, 'N', 'instagram', 'Hello')
-- lead task: stored | service_role | lead_tasks
INSERT INTO lead_tasks (user_id, lead_id, title) VALUES (@user, @lead, 'Call')
-- feedback: stored | service_role | rlhf_feedback_sessions
INSERT INTO rlhf_feedback_sessions (user_id, context_hash, input_type, input_context, generated_response, generation_model)
VALUES (@user, 'h', 'follow_up', '{}', 'r', 'm') RETURNING *
-- feedback: rated | service_role | rlhf_feedback_sessions.user_rating
UPDATE rlhf_feedback_sessions SET user_rating = 5, outcome = 'converted' WHERE user_id = @user
-- settings: kept once a user | service_role | autopilot_settings.mode autopilot_settings.contact_id
INSERT INTO autopilot_settings (user_id, contact_id, mode) VALUES (@user, @lead, 'off')
  ON CONFLICT (user_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid)) DO UPDATE SET mode = excluded.mode
-- sequence: stored | service_role | dm_sequence_templates
INSERT INTO dm_sequence_templates (user_id, name) VALUES (@user, 'Mine')

-- person: signed up in public.users | anon | users
INSERT INTO users (email, password_hash, name) VALUES ('new@found.example', '$2b$06$abcdefghijklmnopqrstuuepR7db59ogP8At3ec8glfa5YrCjUyl.', 'New')
-- person: logs in | service_role | users.last_login
UPDATE users SET last_login = now() WHERE id = @user
-- person: changes the password | service_role | users
UPDATE users SET password_hash = '$2b$06$ABCDEFGHIJKLMNOPQRSTUOMg1toE59hZjCeAryoDa311aajFsc2la' WHERE id = @user
-- person: deleted from public.users | service_role | users
DELETE FROM users WHERE id = @user
-- person: signed up in auth | owner | profiles
INSERT INTO auth.users (id, email, encrypted_password) VALUES (gen_random_uuid(), 'auth@found.example', 'x')
-- profile: changed | authenticated | profiles.company
UPDATE profiles SET company = 'C' WHERE id = @user
-- report: own figures | authenticated | deals.owner_id deals.closed_at deals.stage
SELECT * FROM get_user_analytics_summary(@user)
-- settings of others' tables | service_role | leads
INSERT INTO company_settings (user_id) VALUES (@user)
