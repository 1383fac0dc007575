-- Searches a user's conversations by handle, name and newest message, filtered and sorted like the inbox; one page, with the totals of the inbox.
-- params:   $1 user_id uuid | $2 cursor_priority int4 | $3 cursor_last_message_key timestamptz | $4 cursor_id uuid | $5 limit_rows int8 | $6 offset_rows int8 | $7 count_rows int8 | $8 term text | $9 statuses text[] | $10 platforms text[]
-- choices:  sort=priority: AND (k.priority_score, k.last_message_key, k.id) < ($2, $3, $4) ORDER BY k.priority_score DESC, k.last_message_key DESC, k.id DESC
-- choices:  sort=newest: AND (k.last_message_key, k.id) < ($3, $4) ORDER BY k.last_message_key DESC, k.id DESC
-- variants: status: AND h.status = ANY ($9)
-- variants: platform: AND h.platform = ANY ($10)
-- variants: attention: AND h.attention_at <= now()
-- rows:     total int8 | unread_total int8 | needs_attention_count int8 | attention_is_capped bool | id uuid | user_id uuid | contact_id uuid? | platform text |
--           platform_contact_handle text? | status text | current_sequence_phase int4 | next_sequence_action_at timestamptz? |
--           messages_sent int4 | messages_received int4 | last_message_at timestamptz? | overall_sentiment text |
--           priority_score int4 | deep_link_url text? | created_at timestamptz | last_message_preview text? |
--           preview_truncated bool | last_message_direction text? | unread_count int4 | days_since_last_contact int4? |
--           contact_name text? | contact_email text? | contact_p_score float8? | changes_at timestamptz?
-- index:    dm_conversations_user_id_id_key
-- mode:     read
-- place:    user
-- reads:    dm_conversations, leads, dm_conversation_texts, user_conversation_badges
-- clock:    valid_until
-- timeout:  2 s
-- budget:   400 + 12 * rows
-- sorts:    what was found, which the trigram index gives in no order
-- note:     the function finds by its own index (0307), as salesflow_search; the conversations it names are read here, under
--           the wall. A broad term costs its hits: about 5 buffers each. Totals as in list_inbox.sql.
WITH hits AS MATERIALIZED (
  SELECT h.*
  FROM search_conversations($8) AS s
  CROSS JOIN LATERAL (SELECT k.* FROM dm_conversations AS k WHERE k.id = s.id AND k.user_id = $1 LIMIT 1) AS h
  WHERE true /*status*/ /*platform*/ /*attention*/
)
SELECT t.total, t.unread_total, t.needs_attention_count, t.attention_is_capped,
       coalesce(c.id, '00000000-0000-0000-0000-000000000000'::uuid) AS id, $1::uuid AS user_id, c.contact_id, coalesce(c.platform, '')::text AS platform,
       c.platform_contact_handle::text AS platform_contact_handle, coalesce(c.status, '')::text AS status,
       coalesce(c.current_sequence_phase, 0) AS current_sequence_phase, c.next_sequence_action_at,
       coalesce(c.messages_sent, 0) AS messages_sent, coalesce(c.messages_received, 0) AS messages_received,
       c.last_message_at, coalesce(c.overall_sentiment, 'neutral')::text AS overall_sentiment,
       coalesce(c.priority_score, 0) AS priority_score, c.deep_link_url, coalesce(c.created_at, '-infinity') AS created_at,
       left(c.last_message_text, 280) AS last_message_preview, coalesce(length(c.last_message_text) > 280, false) AS preview_truncated,
       c.last_message_direction, coalesce(c.unread_key, 0) AS unread_count,
       CASE WHEN isfinite(c.last_message_at) THEN floor(extract(epoch FROM now() - c.last_message_at) / 86400)::int END AS days_since_last_contact,
       l.name AS contact_name, l.email AS contact_email, l.p_score::float8 AS contact_p_score, t.changes_at
FROM (SELECT (SELECT count(*) FROM (SELECT 1 FROM hits LIMIT $7) AS m) AS total,
             k.unread_total, k.attention_at_once + least(k.unanswered, 10000) + least(k.steps_due, 10000) AS needs_attention_count,
             greatest(k.unanswered, k.steps_due) > 10000 AS attention_is_capped, k.changes_at
      FROM (SELECT coalesce(sum(b.unread_messages) FILTER (WHERE b.status NOT IN ('archived', 'unsubscribed')), 0)::int8 AS unread_total,
                   coalesce(sum(b.conversations) FILTER (WHERE b.status IN ('needs_human_attention', 'replied')), 0)::int8 AS attention_at_once,
                   (SELECT count(*) FROM (SELECT FROM dm_conversations AS n WHERE n.user_id = $1 AND n.status = 'dm_initiated_no_response'
                                          AND n.attention_at > '-infinity' AND n.attention_at <= now() LIMIT 10001) AS a) AS unanswered,
                   (SELECT count(*) FROM (SELECT FROM dm_conversations AS n WHERE n.user_id = $1 AND n.status = 'in_sequence'
                                          AND n.attention_at > '-infinity' AND n.attention_at <= now() LIMIT 10001) AS a) AS steps_due,
                   least((SELECT n.attention_at FROM dm_conversations AS n WHERE n.user_id = $1 AND n.status = 'dm_initiated_no_response'
                          AND n.attention_at > '-infinity' AND n.attention_at > now() ORDER BY n.attention_at LIMIT 1),
                         (SELECT n.attention_at FROM dm_conversations AS n WHERE n.user_id = $1 AND n.status = 'in_sequence'
                          AND n.attention_at > '-infinity' AND n.attention_at > now() ORDER BY n.attention_at LIMIT 1)) AS changes_at
            FROM user_conversation_badges AS b WHERE b.user_id = $1) AS k) AS t
LEFT JOIN (SELECT k.* FROM hits AS k WHERE true /*sort*/ LIMIT $5 OFFSET $6) AS c ON true
LEFT JOIN LATERAL (SELECT name, email, p_score FROM leads WHERE id = c.contact_id AND user_id = $1 LIMIT 1) AS l ON true;
