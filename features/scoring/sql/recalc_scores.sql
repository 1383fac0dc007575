-- Scores a batch of the user's leads anew: those never scored, then those looked at longest ago and before an instant.
-- Writes a lead only when its score or trend changed, and beside each lead when it was looked at.
-- params:   $1 user_id uuid | $2 at timestamptz | $3 before timestamptz | $4 limit_rows int8
-- rows:     total_leads int8 | leads_scored int8 | leads_changed int8 | avg_score float8? | hot int8 | warm int8 | cold int8
-- index:    idx_leads_never_scored, lead_scorings_user_scored_idx, lead_scorings_pkey, leads_pkey
-- mode:     write
-- place:    mixed
-- reads:    leads, contacts, message_events
-- writes:   leads, lead_scorings
-- sorts:    a batch's own ids, where it is merged with its leads
-- timeout:  20 s
-- budget:   9000
-- note:     about 65 buffers a lead that changes, 35 one that does not. Two batches at once take different leads and no batch
--           waits for anybody: what another transaction holds is left for the next batch.
WITH picked AS MATERIALIZED (
  SELECT n.id, false AS known
  FROM (SELECT l.id FROM leads AS l WHERE l.user_id = $1 AND l.p_score_key IS NULL ORDER BY l.id LIMIT $4
        FOR NO KEY UPDATE SKIP LOCKED) AS n
  UNION ALL
  SELECT k.lead_id, true
  FROM (SELECT m.lead_id FROM lead_scorings AS m WHERE m.user_id = $1 AND m.scored_at < $3 ORDER BY m.scored_at, m.lead_id LIMIT $4
        FOR NO KEY UPDATE SKIP LOCKED) AS k
  LIMIT $4
), scored AS MATERIALIZED (
  SELECT s.lead_id, s.p_score, s.trend, p.known
  FROM calculate_p_scores(ARRAY(SELECT p.id FROM picked AS p), $2) AS s JOIN picked AS p ON p.id = s.lead_id
), free AS MATERIALIZED (
  SELECT l.id, s.p_score, s.trend
  FROM scored AS s JOIN leads AS l ON l.id = s.lead_id AND l.user_id = $1
  WHERE (l.p_score, l.p_score_trend) IS DISTINCT FROM (s.p_score::numeric, s.trend)
  FOR NO KEY UPDATE OF l SKIP LOCKED
), changed AS (
  UPDATE public.leads AS l SET p_score = f.p_score, p_score_trend = f.trend, last_scored_at = $2
  FROM free AS f WHERE l.id = f.id AND l.user_id = $1
  RETURNING l.id
), marked AS (
  UPDATE lead_scorings AS m SET scored_at = $2
  FROM scored AS s WHERE m.user_id = $1 AND m.lead_id = s.lead_id AND s.known
)
SELECT (SELECT count(*) FROM picked) AS total_leads, count(*) AS leads_scored, (SELECT count(*) FROM changed) AS leads_changed,
       round(avg(s.p_score), 2)::float8 AS avg_score, count(*) FILTER (WHERE s.p_score >= 80) AS hot,
       count(*) FILTER (WHERE s.p_score >= 50 AND s.p_score < 80) AS warm, count(*) FILTER (WHERE s.p_score < 50) AS cold
FROM scored AS s;
