-- Computes the P-scores of a batch of leads with the parts they are made of.
-- params:   $1 lead_ids uuid[] | $2 at timestamptz
-- rows:     lead_id uuid | p_score int4 | trend text | inbound_7d int4 | inbound_14d int4 | outbound_14d int4 |
--           last_event_at timestamptz? | message_points int4 | status_points int4 | temperature_points int4 | old_score numeric?
-- index:    idx_message_events_user_contact_created
-- mode:     read
-- place:    mixed
-- reads:    leads, contacts, message_events
-- clock:    bounded
-- hotspot:  Q3
-- timeout:  5 s
-- budget:   20 + 15 * rows
-- note:     one row for each of the caller's leads among them, in no order.
SELECT lead_id, p_score, trend, inbound_7d, inbound_14d, outbound_14d, last_event_at, message_points, status_points,
       temperature_points, old_score
FROM calculate_p_scores($1, $2);
