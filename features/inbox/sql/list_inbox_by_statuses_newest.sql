-- Lists a user's conversations of up to ten statuses, newest first, with newest message, unread count and lead; one page, with the totals of the inbox.
-- params:   $1 user_id uuid | $2 cursor_last_message_key timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 offset_rows int8 | $6 count_rows int8 | $7 status_1 text | $8 status_2 text | $9 status_3 text | $10 status_4 text | $11 status_5 text | $12 status_6 text | $13 status_7 text | $14 status_8 text | $15 status_9 text | $16 status_10 text | $17 platform text | $18 platforms text[]
-- choices:  platform=any:
-- choices:  platform=one: AND k.platform = $17
-- choices:  platform=some: AND k.platform = ANY ($18)
-- variants: attention: AND k.attention_at <= now()
-- rows:     total int8 | unread_total int8 | needs_attention_count int8 | attention_is_capped bool | id uuid | user_id uuid | contact_id uuid? | platform text |
--           platform_contact_handle text? | status text | current_sequence_phase int4 | next_sequence_action_at timestamptz? |
--           messages_sent int4 | messages_received int4 | last_message_at timestamptz? | overall_sentiment text |
--           priority_score int4 | deep_link_url text? | created_at timestamptz | last_message_preview text? |
--           preview_truncated bool | last_message_direction text? | unread_count int4 | days_since_last_contact int4? |
--           contact_name text? | contact_email text? | contact_p_score float8? | changes_at timestamptz?
-- index:    idx_dm_conversations_user_last
-- mode:     read
-- place:    user
-- reads:    dm_conversations, leads, user_conversation_badges
-- clock:    valid_until
-- timeout:  2 s
-- budget:   100 + 15 * rows
-- sorts:    the heads of up to ten walks, each in order, into one page
-- note:     a status that is NULL reads nothing. Totals as in list_inbox.sql.
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
FROM (SELECT (SELECT count(*) FROM (SELECT 1 FROM dm_conversations AS k
                                      WHERE k.user_id = $1 AND k.status IN ($7, $8, $9, $10, $11, $12, $13, $14, $15, $16) /*platform*/ /*attention*/ LIMIT $6) AS m) AS total,
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
LEFT JOIN (SELECT r.*
           FROM (SELECT u.id, u.last_message_key FROM (
        (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $7 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $8 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $9 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $10 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $11 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $12 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $13 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $14 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $15 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
        UNION ALL (SELECT k.id, k.last_message_key FROM dm_conversations AS k WHERE k.user_id = $1 AND k.status = $16 AND (k.last_message_key, k.id) < ($2, $3) /*platform*/ /*attention*/ ORDER BY k.last_message_key DESC, k.id DESC LIMIT $4 + $5)
      ) AS u ORDER BY u.last_message_key DESC, u.id DESC LIMIT $4 OFFSET $5) AS page
           CROSS JOIN LATERAL (SELECT k.* FROM dm_conversations AS k WHERE k.id = page.id AND k.user_id = $1 LIMIT 1) AS r
) AS c ON true
LEFT JOIN LATERAL (SELECT name, email, p_score FROM leads WHERE id = c.contact_id AND user_id = $1 LIMIT 1) AS l ON true;
