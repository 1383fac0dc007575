-- All badges of a person: conversations by status and channel, unread, needs attention, what waits, tasks due; of one instant.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 due_before timestamptz | $4 overdue_before timestamptz
-- rows:     as_of timestamptz | conversations int8 | open int8 | unread int8 | unread_messages int8 | attention_at_once int8 | unanswered int8 |
--           steps_due int8 | drafts int8 | replies int8 | tasks_due int8 | tasks_overdue int8 | by_status jsonb | by_platform jsonb | changes_at timestamptz?
-- index:    user_conversation_badges_key, idx_dm_conversations_user_waiting, idx_tasks_org_open_due
-- mode:     read
-- place:    mixed
-- reads:    dm_conversations, message_events, tasks, user_conversation_badges, user_draft_counts
-- clock:    valid_until
-- timeout:  1 s
-- budget:   320
-- sorts:    at most one group a channel and status
-- note:     at most one kept row a status and channel, however many conversations there are: 26 buffers and 0.4 ms at 500,000. What
--           time alone changes (unanswered, steps_due, tasks) is counted from an index, and what autopilot wants approved, too,
--           since message_events' writers should not pay for it: each stops at 10,001, which reads "10,000 or more". Archived
--           and unsubscribed conversations count in `conversations` and by_status alone. changes_at: when the next of them counts
--           by time alone; now, where more than 10,000 open tasks are due.
WITH groups AS MATERIALIZED (
  SELECT b.platform, b.status, b.status NOT IN ('archived', 'unsubscribed') AS is_open, sum(b.conversations)::int8 AS conversations,
         sum(b.unread)::int8 AS unread, sum(b.unread_messages)::int8 AS unread_messages
  FROM user_conversation_badges AS b WHERE b.user_id = $1
  GROUP BY b.platform, b.status HAVING sum(b.conversations) > 0
)
SELECT now() AS as_of, coalesce(sum(g.conversations), 0)::int8 AS conversations, coalesce(sum(g.conversations) FILTER (WHERE g.is_open), 0)::int8 AS open,
       coalesce(sum(g.unread) FILTER (WHERE g.is_open), 0)::int8 AS unread, coalesce(sum(g.unread_messages) FILTER (WHERE g.is_open), 0)::int8 AS unread_messages,
       coalesce(sum(g.conversations) FILTER (WHERE g.status IN ('needs_human_attention', 'replied')), 0)::int8 AS attention_at_once,
       (SELECT count(*) FROM (SELECT FROM dm_conversations AS c WHERE c.user_id = $1 AND c.status = 'dm_initiated_no_response'
                              AND c.attention_at > '-infinity' AND c.attention_at <= now() LIMIT 10001) AS m) AS unanswered,
       (SELECT count(*) FROM (SELECT FROM dm_conversations AS c WHERE c.user_id = $1 AND c.status = 'in_sequence'
                              AND c.attention_at > '-infinity' AND c.attention_at <= now() LIMIT 10001) AS m) AS steps_due,
       (SELECT coalesce(sum(d.pending), 0)::int8 FROM user_draft_counts AS d WHERE d.user_id = $1) AS drafts,
       (SELECT count(*) FROM (SELECT FROM message_events AS e WHERE e.user_id = $1 AND e.autopilot_status = 'suggested' LIMIT 10001) AS m) AS replies,
       (SELECT count(*) FROM (SELECT FROM tasks AS t WHERE t.org_id = $2 AND t.assigned_to = $1 AND t.due_at < $3
                              AND t.status IN ('pending', 'in_progress', 'snoozed') AND (t.status <> 'snoozed' OR t.snoozed_until <= now())
                              LIMIT 10001) AS m) AS tasks_due,
       (SELECT count(*) FROM (SELECT FROM tasks AS t WHERE t.org_id = $2 AND t.assigned_to = $1 AND t.due_at < $4
                              AND t.status IN ('pending', 'in_progress', 'snoozed') AND (t.status <> 'snoozed' OR t.snoozed_until <= now())
                              LIMIT 10001) AS m) AS tasks_overdue,
       (SELECT coalesce(jsonb_object_agg(s.status, jsonb_build_object('conversations', s.conversations, 'unread', s.unread, 'unread_messages', s.unread_messages)), '{}')
        FROM (SELECT b.status, sum(b.conversations) AS conversations, sum(b.unread) AS unread, sum(b.unread_messages) AS unread_messages
              FROM groups AS b GROUP BY b.status) AS s) AS by_status,
       (SELECT coalesce(jsonb_object_agg(p.platform, jsonb_build_object('open', p.conversations, 'unread', p.unread, 'unread_messages', p.unread_messages)), '{}')
        FROM (SELECT b.platform, sum(b.conversations) AS conversations, sum(b.unread) AS unread, sum(b.unread_messages) AS unread_messages
              FROM groups AS b WHERE b.is_open GROUP BY b.platform) AS p) AS by_platform,
       least((SELECT c.attention_at FROM dm_conversations AS c WHERE c.user_id = $1 AND c.status = 'dm_initiated_no_response'
              AND c.attention_at > '-infinity' AND c.attention_at > now() ORDER BY c.attention_at LIMIT 1),
             (SELECT c.attention_at FROM dm_conversations AS c WHERE c.user_id = $1 AND c.status = 'in_sequence'
              AND c.attention_at > '-infinity' AND c.attention_at > now() ORDER BY c.attention_at LIMIT 1),
             (SELECT CASE WHEN count(*) > 10000 THEN now()
                          ELSE least(min(n.snoozed_until) FILTER (WHERE n.status = 'snoozed' AND n.snoozed_until > now()),
                                     min(n.due_at) FILTER (WHERE n.due_at >= $4)) END
              FROM (SELECT t.status, t.due_at, t.snoozed_until FROM tasks AS t WHERE t.org_id = $2 AND t.assigned_to = $1 AND t.due_at < $3
                    AND t.status IN ('pending', 'in_progress', 'snoozed') LIMIT 10001) AS n)) AS changes_at
FROM groups AS g;
