-- Reads one conversation of the user.
-- params:   $1 user_id uuid | $2 conversation_id uuid
-- rows:     id uuid | user_id uuid | contact_id uuid? | platform text | platform_conversation_id text? | platform_contact_handle text? |
--           status text | current_sequence_phase int4 | last_sequence_action_at timestamptz? | next_sequence_action_at timestamptz? |
--           sequence_paused bool | pause_until timestamptz? | messages_sent int4 | messages_received int4 |
--           last_message_at timestamptz? | last_inbound_at timestamptz? | last_outbound_at timestamptz? |
--           avg_response_time_hours float8? | overall_sentiment text? | detected_intent text? | priority_score int4 |
--           platform_metadata jsonb? | deep_link_url text? | created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    dm_conversations_user_id_id_key
-- mode:     read
-- place:    user
-- reads:    dm_conversations
-- timeout:  1 s
-- budget:   8
SELECT id, user_id, contact_id, platform::text AS platform, platform_conversation_id::text AS platform_conversation_id,
       platform_contact_handle::text AS platform_contact_handle, status::text AS status,
       coalesce(current_sequence_phase, 0) AS current_sequence_phase, last_sequence_action_at, next_sequence_action_at,
       coalesce(sequence_paused, false) AS sequence_paused, pause_until, coalesce(messages_sent, 0) AS messages_sent,
       coalesce(messages_received, 0) AS messages_received, last_message_at, last_inbound_at, last_outbound_at,
       avg_response_time_hours::float8 AS avg_response_time_hours, overall_sentiment::text AS overall_sentiment,
       detected_intent::text AS detected_intent, coalesce(priority_score, 50) AS priority_score, platform_metadata, deep_link_url,
       coalesce(created_at, '-infinity') AS created_at, coalesce(updated_at, created_at, '-infinity') AS updated_at, row_version
FROM dm_conversations
WHERE user_id = $1 AND id = $2;
