-- Counts an organisation's deals and sums what was won, by agent, quarter, month, product or stage.
-- params:   $1 org_id uuid | $2 pipeline text | $3 closed_from timestamptz | $4 closed_before timestamptz
-- choices:  by=agent: d.owner_id::text
-- choices:  by=quarter: to_char(d.closed_at AT TIME ZONE 'UTC', 'YYYY-"Q"Q')
-- choices:  by=month: to_char(d.closed_at AT TIME ZONE 'UTC', 'YYYY-MM')
-- choices:  by=product: p.name
-- choices:  by=stage: d.stage
-- choices:  of=deals: deals AS d CROSS JOIN LATERAL (SELECT NULL::text AS name) AS p
-- choices:  of=products: deals AS d LEFT JOIN LATERAL (SELECT DISTINCT CASE jsonb_typeof(e.item) WHEN 'object' THEN e.item ->> 'name' WHEN 'string' THEN e.item #>> '{}' END AS name FROM jsonb_array_elements(CASE jsonb_typeof(d.products) WHEN 'array' THEN d.products ELSE '[]' END) AS e (item)) AS p ON true
-- choices:  named=key: g.key
-- choices:  named=agent: coalesce((SELECT coalesce(nullif(u.full_name, ''), u.name) FROM org_members AS m JOIN users AS u ON u.id = m.user_id WHERE m.org_id = $1 AND m.user_id = g.key::uuid)::text, g.key)
-- variants: pipeline: AND d.pipeline = $2
-- variants: closed: AND d.closed_at IS NOT NULL AND d.closed_at >= $3 AND d.closed_at < $4
-- rows:     deals int8 | open int8 | won int8 | lost int8 | won_value json | open_value json | by_currency json |
--           currency text | key text? | name text?
-- index:    none: the deals of the organisation, by whichever index finds them
-- mode:     read
-- place:    mixed
-- reads:    deals, organizations, org_members, users
-- clock:    none: the range of days is the client's
-- timeout:  5 s
-- budget:   1800 + 5 * rows
-- plan:     none, because it reads all deals of an organisation: half of a small table is read best in its own order
-- sorts:    groups
-- note:     reads each deal of the organisation once (1,670 buffers at 10,000 deals). Quarters and months are those of closing, in
--           UTC; open deals stand in a group without a key there, as deals without owner or product do. A deal with several
--           products counts in each of them, with all its value. With `closed` only deals closed in the range are counted. Sums are of the organisation's
--           currency, and each currency's beside them.
WITH own AS MATERIALIZED (
  SELECT coalesce((SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency
), found AS (
  SELECT /*by*/ AS key, currency_code(d.currency) AS currency, count(*) AS deals, count(*) FILTER (WHERE d.closed_at IS NULL) AS open,
         count(*) FILTER (WHERE d.closed_at IS NOT NULL AND d.won) AS won, count(*) FILTER (WHERE d.closed_at IS NOT NULL AND NOT d.won) AS lost,
         coalesce(sum(d.value) FILTER (WHERE d.closed_at IS NOT NULL AND d.won), 0) AS won_value, coalesce(sum(d.value) FILTER (WHERE d.closed_at IS NULL), 0) AS open_value
  FROM /*of*/ WHERE d.org_id = $1 /*pipeline*/ /*closed*/ GROUP BY 1, 2
), groups AS (
  SELECT f.key, sum(f.deals)::int8 AS deals, sum(f.open)::int8 AS open, sum(f.won)::int8 AS won, sum(f.lost)::int8 AS lost, o.currency AS own_currency,
         coalesce(sum(f.won_value) FILTER (WHERE f.currency = o.currency), 0) AS won_value, coalesce(sum(f.open_value) FILTER (WHERE f.currency = o.currency), 0) AS open_value,
         json_agg(json_build_object('currency', f.currency, 'count', f.deals, 'won', f.won, 'won_value', money_text(f.won_value, f.currency),
                                    'open', f.open, 'open_value', money_text(f.open_value, f.currency)) ORDER BY f.currency) AS by_currency
  FROM found AS f CROSS JOIN own AS o GROUP BY f.key, o.currency
)
SELECT g.deals, g.open, g.won, g.lost, to_json(g.won_value) AS won_value, to_json(g.open_value) AS open_value, g.by_currency, g.own_currency AS currency, g.key,
       /*named*/ AS name
FROM groups AS g
ORDER BY g.key NULLS LAST;
