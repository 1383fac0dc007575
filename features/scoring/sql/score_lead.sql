-- Computes one lead's P-score, stores it with its trend and time, and tells what it is made of.
-- params:   $1 user_id uuid | $2 lead_id uuid | $3 at timestamptz
-- rows:     lead_id uuid | p_score int4 | trend text | inbound_7d int4 | inbound_14d int4 | outbound_14d int4 | message_points int4 |
--           status_points int4 | temperature_points int4 | old_score float8?
-- index:    leads_user_id_id_key, idx_message_events_user_contact_created
-- mode:     write
-- place:    mixed
-- reads:    leads, contacts, message_events
-- writes:   leads, lead_scorings
-- timeout:  2 s
-- budget:   140
-- note:     no row: the lead is not the caller's. Who changes the lead's status at the same instant is seen by the next scoring.
WITH scored AS MATERIALIZED (
  SELECT s.lead_id, s.p_score, s.trend, s.inbound_7d, s.inbound_14d, s.outbound_14d, s.message_points, s.status_points,
         s.temperature_points, s.old_score
  FROM calculate_p_scores(ARRAY[$2], $3) AS s
), written AS (
  UPDATE public.leads AS l SET p_score = s.p_score, p_score_trend = s.trend, last_scored_at = $3
  FROM scored AS s WHERE l.id = s.lead_id AND l.user_id = $1
  RETURNING l.id
)
SELECT s.lead_id, s.p_score, s.trend, s.inbound_7d, s.inbound_14d, s.outbound_14d, s.message_points, s.status_points,
       s.temperature_points, s.old_score::float8 AS old_score
FROM scored AS s JOIN written AS w ON w.id = s.lead_id;
