-- What became of messages by template and persona in all of time, from the materialized view.
-- params:   $1 tenant uuid | $2 by_channel bool | $3 limit_rows int8 | $4 channel text | $5 template_versions text[]
-- variants: channel: AND p.channel = $4
-- variants: version: AND p.template_version = ANY ($5)
-- choices:  order=most: ORDER BY s.total DESC, s.template_version, s.persona_variant, s.channel
-- choices:  order=best: WHERE s.sent >= 30 ORDER BY (s.replies + 1.9208 - 1.96 * sqrt(s.replies::float8 * (s.answerable - s.replies) / nullif(s.answerable, 0) + 0.9604)) / (s.answerable + 3.8416) DESC NULLS LAST, s.total DESC, s.template_version, s.persona_variant, s.channel
-- choices:  scope=organization: our_template_performance AS p WHERE p.org_id = $1
-- choices:  scope=user: my_template_performance AS p WHERE p.user_id = $1
-- rows:     at timestamptz | first_day date? | last_day date? | groups int8? | template_version text? | persona_variant text? | channel text? | total int8? | sent int8? | approved int8? | skipped int8? |
--           answerable int8? | replies int8? | first_at timestamptz? | last_at timestamptz?
-- index:    mv_template_performance_key, mv_template_performance_user_idx
-- mode:     read
-- place:    user
-- reads:    my_template_performance, our_template_performance
-- timeout:  5 s
-- budget:   2500
-- sorts:    the templates of one tenant, tens of rows a user
-- note:     ANALYTICS_MODE=mv: as of the view's last refresh, which `at` tells; -infinity: never. The view knows no days, no windows of replies and no first and last use
WITH summed AS (
  SELECT p.template_version, p.persona_variant, CASE WHEN $2 THEN p.channel END AS channel, sum(p.total_messages)::int8 AS total, sum(p.sent_count)::int8 AS sent,
         sum(p.outbound_count)::int8 AS answerable, sum(p.replies_received)::int8 AS replies
  FROM /*scope*/ /*channel*/ /*version*/ GROUP BY 1, 2, 3
)
SELECT view_refreshed_at('mv_template_performance') AS at, NULL::date AS first_day, NULL::date AS last_day, t.groups, t.template_version, t.persona_variant, t.channel, t.total, t.sent,
       NULL::int8 AS approved, NULL::int8 AS skipped, t.answerable, t.replies, NULL::timestamptz AS first_at, NULL::timestamptz AS last_at
FROM (SELECT 1) AS one LEFT JOIN (
  SELECT s.*, count(*) OVER () AS groups FROM summed AS s /*order*/ LIMIT $3
) AS t ON true;
