-- A user's figures of the last days: leads, messages, conversations, deals, feedback.
-- params:   $1 user_id uuid | $2 days int4 | $3 at timestamptz
-- rows:     leads int8 | hot_leads int8 | new_leads int8 | inbound_messages int8 | outbound_messages int8 | pending_events int8 |
--           open_conversations int8 | open_deals int8 | open_deals_value jsonb | won_deals int8 | won_deals_value jsonb |
--           feedback_sessions int8 | conversions int8
-- index:    idx_message_events_user_created_direction
-- mode:     read
-- place:    mixed
-- reads:    user_lead_standings, user_lead_arrivals, leads, message_events, dm_conversations, deals, rlhf_feedback_sessions
-- hotspot:  Q4
-- timeout:  5 s
-- budget:   2000
SELECT leads, hot_leads, new_leads, inbound_messages, outbound_messages, pending_events, open_conversations, open_deals,
       to_jsonb(open_deals_value) AS open_deals_value, won_deals, to_jsonb(won_deals_value) AS won_deals_value, feedback_sessions, conversions
FROM get_user_analytics_summary($1, $2, $3);
