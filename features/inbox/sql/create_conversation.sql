-- Stores a conversation, or finds the user's one with the same platform and platform_conversation_id.
-- params:   $1 id uuid | $2 user_id uuid | $3 platform text | $4 platform_conversation_id text | $5 platform_contact_handle text | $6 contact_id uuid | $7 deep_link_url text | $8 platform_metadata jsonb
-- rows:     id uuid | user_id uuid | contact_id uuid? | platform text | platform_conversation_id text? | platform_contact_handle text? |
--           status text | current_sequence_phase int4 | last_sequence_action_at timestamptz? | next_sequence_action_at timestamptz? |
--           sequence_paused bool | pause_until timestamptz? | messages_sent int4 | messages_received int4 |
--           last_message_at timestamptz? | last_inbound_at timestamptz? | last_outbound_at timestamptz? |
--           avg_response_time_hours float8? | overall_sentiment text? | detected_intent text? | priority_score int4 |
--           platform_metadata jsonb? | deep_link_url text? | created_at timestamptz | updated_at timestamptz | row_version int8
-- index:    idx_dm_conversations_user_platform_id
-- mode:     write
-- place:    user
-- writes:   dm_conversations
-- timeout:  2 s
-- budget:   140
-- note:     no row: the lead is not the user's.
WITH known AS (
  SELECT k.* FROM public.dm_conversations AS k
  WHERE k.user_id = $2 AND k.platform = $3 AND k.platform_conversation_id = $4 LIMIT 1
), made AS (
  INSERT INTO public.dm_conversations (id, user_id, platform, platform_conversation_id, platform_contact_handle, contact_id, deep_link_url, platform_metadata)
  SELECT $1, $2, $3, $4, $5, $6, $7, coalesce($8, '{}'::jsonb)
  WHERE NOT EXISTS (SELECT FROM known)
    AND ($6 IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.user_id = $2 AND l.id = $6))
  RETURNING *
)
SELECT id, user_id, contact_id, platform::text AS platform, platform_conversation_id::text AS platform_conversation_id,
       platform_contact_handle::text AS platform_contact_handle, status::text AS status,
       coalesce(current_sequence_phase, 0) AS current_sequence_phase, last_sequence_action_at, next_sequence_action_at,
       coalesce(sequence_paused, false) AS sequence_paused, pause_until, coalesce(messages_sent, 0) AS messages_sent,
       coalesce(messages_received, 0) AS messages_received, last_message_at, last_inbound_at, last_outbound_at,
       avg_response_time_hours::float8 AS avg_response_time_hours, overall_sentiment::text AS overall_sentiment,
       detected_intent::text AS detected_intent, coalesce(priority_score, 50) AS priority_score, platform_metadata, deep_link_url,
       coalesce(created_at, '-infinity') AS created_at, coalesce(updated_at, created_at, '-infinity') AS updated_at, row_version
FROM (SELECT * FROM known UNION ALL SELECT * FROM made) AS c;
