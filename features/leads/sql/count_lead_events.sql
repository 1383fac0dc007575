-- Counts one lead's messages of 7 and 14 days, its own and those of the contacts that belong to it.
-- params:   $1 lead_id uuid | $2 at timestamptz
-- rows:     inbound_7d int4 | inbound_14d int4 | outbound_14d int4 | last_event_at timestamptz? | total_events int4
-- index:    idx_message_events_user_contact_created
-- mode:     read
-- place:    mixed
-- reads:    leads, contacts, message_events
-- clock:    bounded
-- hotspot:  Q3
-- timeout:  1 s
-- budget:   15
-- note:     no row: the lead is not the caller's.
SELECT inbound_7d, inbound_14d, outbound_14d, last_event_at, total_events
FROM calculate_lead_event_stats($1, $2);
