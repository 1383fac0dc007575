-- Sets a conversation's status; with an end, it is paused until then.
-- params:   $1 user_id uuid | $2 conversation_id uuid | $3 status text | $4 pause_until timestamptz | $5 row_version int8
-- variants: version: AND c.row_version = $5
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
-- note:     a status that ends a sequence forgets its next step; a delay does not: it goes on afterwards.
UPDATE public.dm_conversations AS c
SET status = $3, pause_until = $4, sequence_paused = $4 IS NOT NULL,
    next_sequence_action_at = CASE WHEN $3 IN ('in_sequence', 'delay_requested', 'needs_human_attention') THEN c.next_sequence_action_at END
WHERE c.user_id = $1 AND c.id = $2 /*version*/
RETURNING c.id, c.user_id, c.contact_id, c.platform::text AS platform, c.platform_conversation_id::text AS platform_conversation_id,
       c.platform_contact_handle::text AS platform_contact_handle, c.status::text AS status,
       coalesce(c.current_sequence_phase, 0) AS current_sequence_phase, c.last_sequence_action_at, c.next_sequence_action_at,
       coalesce(c.sequence_paused, false) AS sequence_paused, c.pause_until, coalesce(c.messages_sent, 0) AS messages_sent,
       coalesce(c.messages_received, 0) AS messages_received, c.last_message_at, c.last_inbound_at, c.last_outbound_at,
       c.avg_response_time_hours::float8 AS avg_response_time_hours, c.overall_sentiment::text AS overall_sentiment,
       c.detected_intent::text AS detected_intent, coalesce(c.priority_score, 50) AS priority_score, c.platform_metadata,
       c.deep_link_url, coalesce(c.created_at, '-infinity') AS created_at,
       coalesce(c.updated_at, c.created_at, '-infinity') AS updated_at, c.row_version;
