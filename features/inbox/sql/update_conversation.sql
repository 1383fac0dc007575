-- Changes members of a conversation, when it still has the version that the caller saw; what was not sent keeps its value.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 row_version int8 | $4 status_sent bool | $5 status text | $6 contact_id_sent bool | $7 contact_id uuid | $8 overall_sentiment_sent bool | $9 overall_sentiment text | $10 priority_score_sent bool | $11 priority_score int4 | $12 current_sequence_phase_sent bool | $13 current_sequence_phase int4 | $14 next_sequence_action_at_sent bool | $15 next_sequence_action_at timestamptz | $16 sequence_paused_sent bool | $17 sequence_paused bool | $18 pause_until_sent bool | $19 pause_until timestamptz | $20 platform_metadata_sent bool | $21 platform_metadata jsonb
-- variants: version: AND c.row_version = $3
-- rows:     id uuid | user_id uuid | contact_id uuid? | platform text | platform_conversation_id text? | platform_contact_handle text? |
--           status text | current_sequence_phase int4 | last_sequence_action_at timestamptz? | next_sequence_action_at timestamptz? |
--           sequence_paused bool | pause_until timestamptz? | messages_sent int4 | messages_received int4 |
--           last_message_at timestamptz? | last_inbound_at timestamptz? | last_outbound_at timestamptz? |
--           avg_response_time_hours float8? | overall_sentiment text? | detected_intent text? | priority_score int4 |
--           platform_metadata jsonb? | deep_link_url text? | created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    dm_conversations_user_id_id_key
-- mode:     write
-- place:    user
-- writes:   dm_conversations
-- timeout:  2 s
-- budget:   180
-- note:     no row: no such conversation (of that version), or the lead is not the user's.
UPDATE public.dm_conversations AS c
SET status = CASE WHEN $4 THEN $5 ELSE c.status END,
    contact_id = CASE WHEN $6 THEN $7 ELSE c.contact_id END,
    overall_sentiment = CASE WHEN $8 THEN $9 ELSE c.overall_sentiment END,
    priority_score = CASE WHEN $10 THEN $11 ELSE c.priority_score END,
    current_sequence_phase = CASE WHEN $12 THEN $13 ELSE c.current_sequence_phase END,
    next_sequence_action_at = CASE WHEN $14 THEN $15 ELSE c.next_sequence_action_at END,
    sequence_paused = CASE WHEN $16 THEN $17 ELSE c.sequence_paused END,
    pause_until = CASE WHEN $18 THEN $19 ELSE c.pause_until END,
    platform_metadata = CASE WHEN $20 THEN $21 ELSE c.platform_metadata END
WHERE c.user_id = $1 AND c.id = $2 /*version*/
  AND (NOT $6 OR $7 IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $7))
RETURNING c.id, c.user_id, c.contact_id, c.platform::text AS platform, c.platform_conversation_id::text AS platform_conversation_id,
       c.platform_contact_handle::text AS platform_contact_handle, c.status::text AS status,
       coalesce(c.current_sequence_phase, 0) AS current_sequence_phase, c.last_sequence_action_at, c.next_sequence_action_at,
       coalesce(c.sequence_paused, false) AS sequence_paused, c.pause_until, coalesce(c.messages_sent, 0) AS messages_sent,
       coalesce(c.messages_received, 0) AS messages_received, c.last_message_at, c.last_inbound_at, c.last_outbound_at,
       c.avg_response_time_hours::float8 AS avg_response_time_hours, c.overall_sentiment::text AS overall_sentiment,
       c.detected_intent::text AS detected_intent, coalesce(c.priority_score, 50) AS priority_score, c.platform_metadata,
       c.deep_link_url, coalesce(c.created_at, '-infinity') AS created_at,
       coalesce(c.updated_at, c.created_at, '-infinity') AS updated_at, c.row_version;
