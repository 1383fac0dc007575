-- An organisation's packed days of UTC; one more row without quarters when some day of them is not summed up at this moment.
-- params:   $1 org_id uuid | $2 first_day date | $3 last_day date
-- rows:     day date | quarters bytea? | people bytea?
-- index:    org_session_days_key, session_invalidations_org
-- mode:     read
-- place:    user
-- reads:    rlhf_feedback_sessions
-- clock:    bounded
-- hotspot:  Q4
-- timeout:  3 s
-- budget:   15 + 2 * rows
-- note:     half the cost of read_org_sessions, which is asked instead when that row is there: then these are no answer
SELECT s.day, s.quarters, s.people FROM org_session_days AS s WHERE s.org_id = $1 AND s.day >= $2 AND s.day <= $3
UNION ALL
(SELECT l.day, NULL, NULL FROM session_invalidations AS l WHERE l.org_id = $1 AND l.day >= $2 AND l.day <= $3 LIMIT 1);
