-- Counts and sums of a pipeline's open deals by stage and of all, from the deals: what summary and board are held against.
-- params:   $1 org_id uuid | $2 pipeline text | $3 owner_id uuid
-- variants: owner: AND d.owner_id = $3
-- rows:     stage text? | deals int8 | value json | weighted_value json | by_currency json
-- index:    none: every row of one tenant, by whichever index finds them
-- mode:     read
-- place:    mixed
-- reads:    deals, organizations
-- timeout:  5 s
-- budget:   0
-- plan:     none, because it reads every row of a tenant on purpose: what kept figures are held against
-- sorts:    two dozen stages at most
-- note:     one row without a stage, which is all of them and stands last. Looks at every open deal of the pipeline. One sum is of the
--           organisation's currency. Numbers and currencies are written as read_board and read_summary write them.
WITH own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), sums AS MATERIALIZED (
  SELECT coalesce(d.stage, 'new') AS stage, currency_code(d.currency) AS currency, count(*) AS deals, coalesce(sum(d.value), 0) AS value, coalesce(sum(d.weighted_value), 0) AS weighted_value
  FROM deals AS d WHERE d.org_id = $1 AND coalesce(d.pipeline, 'default') = $2 AND d.closed_at IS NULL /*owner*/
  GROUP BY 1, 2
), parts AS MATERIALIZED (
  SELECT s.stage, s.currency, s.deals, s.value, s.weighted_value FROM sums AS s
  UNION ALL
  SELECT NULL, s.currency, sum(s.deals), sum(s.value), sum(s.weighted_value) FROM sums AS s GROUP BY s.currency
)
SELECT g.stage, coalesce(sum(p.deals), 0)::int8 AS deals, to_json(trim_scale(coalesce(sum(p.value) FILTER (WHERE p.currency = o.currency), 0))) AS value,
       to_json(trim_scale(coalesce(sum(p.weighted_value) FILTER (WHERE p.currency = o.currency), 0))) AS weighted_value,
       coalesce(json_agg(json_build_object('currency', p.currency, 'count', p.deals, 'value', money_text(p.value, p.currency), 'weighted_value', money_text(p.weighted_value, p.currency)) ORDER BY p.currency)
                FILTER (WHERE p.currency IS NOT NULL), '[]') AS by_currency
FROM own AS o CROSS JOIN (SELECT DISTINCT s.stage FROM sums AS s UNION ALL SELECT NULL) AS g
LEFT JOIN parts AS p ON p.stage IS NOT DISTINCT FROM g.stage
GROUP BY g.stage ORDER BY g.stage NULLS LAST;
