-- All badges of a person like read_badges, counted from single rows: what that answer is held against.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 due_before timestamptz | $4 overdue_before timestamptz
-- rows:     as_of timestamptz | conversations int8 | open int8 | unread int8 | unread_messages int8 | attention_at_once int8 | unanswered int8 |
--           steps_due int8 | drafts int8 | replies int8 | tasks_due int8 | tasks_overdue int8 | by_status jsonb | by_platform jsonb | changes_at timestamptz?
-- index:    none: every row of one tenant, by whichever index finds them
-- mode:     read
-- place:    mixed
-- reads:    dm_conversations, dm_messages, message_events, message_queue, tasks
-- clock:    bounded
-- timeout:  5 s
-- budget:   0
-- plan:     none, because it reads every row of a tenant on purpose: what kept figures are held against
-- sorts:    at most one group a channel and status
-- note:     neither roll-ups nor the columns that triggers keep (unread_key, attention_at) are looked at: what is unread is counted from
--           the messages of every conversation, up to 1,000 of each. Counts end where those of read_badges do.
WITH conversation AS MATERIALIZED (
  SELECT coalesce(c.platform::text, '') AS platform, coalesce(c.status::text, 'new') AS status, coalesce(c.status, 'new') NOT IN ('archived', 'unsubscribed') AS is_open, u.unread,
         c.status = 'dm_initiated_no_response' AND c.last_outbound_at <= now() - interval '72 hours' AS is_unanswered,
         c.status = 'in_sequence' AND c.sequence_paused IS NOT TRUE AND c.next_sequence_action_at > '-infinity' AND c.next_sequence_action_at <= now() AS is_step_due
  FROM dm_conversations AS c CROSS JOIN LATERAL (
    SELECT count(*) AS unread FROM (SELECT FROM dm_messages AS m WHERE m.conversation_id = c.id AND m.user_id = $1 AND m.direction = 'inbound'
                                    AND m.sent_at > coalesce(greatest(c.last_outbound_at, c.read_at), '-infinity') LIMIT 1000) AS k) AS u
  WHERE c.user_id = $1
)
SELECT now() AS as_of, count(*) AS conversations, count(*) FILTER (WHERE c.is_open) AS open, count(*) FILTER (WHERE c.is_open AND c.unread > 0) AS unread,
       coalesce(sum(c.unread) FILTER (WHERE c.is_open), 0)::int8 AS unread_messages, count(*) FILTER (WHERE c.status IN ('needs_human_attention', 'replied')) AS attention_at_once,
       least(count(*) FILTER (WHERE c.is_unanswered), 10001) AS unanswered, least(count(*) FILTER (WHERE c.is_step_due), 10001) AS steps_due,
       (SELECT count(*) FROM message_queue AS q WHERE q.user_id = $1 AND q.status = 'pending') AS drafts,
       (SELECT least(count(*), 10001) FROM message_events AS e WHERE e.user_id = $1 AND e.autopilot_status = 'suggested') AS replies,
       (SELECT least(count(*), 10001) FROM tasks AS t WHERE t.org_id = $2 AND t.assigned_to = $1 AND t.due_at < $3
          AND t.status IN ('pending', 'in_progress', 'snoozed') AND (t.status <> 'snoozed' OR t.snoozed_until <= now())) AS tasks_due,
       (SELECT least(count(*), 10001) FROM tasks AS t WHERE t.org_id = $2 AND t.assigned_to = $1 AND t.due_at < $4
          AND t.status IN ('pending', 'in_progress', 'snoozed') AND (t.status <> 'snoozed' OR t.snoozed_until <= now())) AS tasks_overdue,
       (SELECT coalesce(jsonb_object_agg(s.status, jsonb_build_object('conversations', s.conversations, 'unread', s.unread, 'unread_messages', s.unread_messages)), '{}')
        FROM (SELECT b.status, count(*) AS conversations, count(*) FILTER (WHERE b.unread > 0) AS unread, sum(b.unread) AS unread_messages
              FROM conversation AS b GROUP BY b.status) AS s) AS by_status,
       (SELECT coalesce(jsonb_object_agg(p.platform, jsonb_build_object('open', p.conversations, 'unread', p.unread, 'unread_messages', p.unread_messages)), '{}')
        FROM (SELECT b.platform, count(*) AS conversations, count(*) FILTER (WHERE b.unread > 0) AS unread, sum(b.unread) AS unread_messages
              FROM conversation AS b WHERE b.is_open GROUP BY b.platform) AS p) AS by_platform, NULL::timestamptz AS changes_at
FROM conversation AS c;
