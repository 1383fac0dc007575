-- Lists the industries, or the tags, that an organisation's contacts have, with how many have each.
-- params:   $1 org_id uuid | $2 limit_rows int8
-- choices:  kind=industry: 'industry'
-- choices:  kind=tag: 'tag'
-- rows:     value text | count int8
-- index:    org_contact_values_key
-- mode:     read
-- place:    org
-- reads:    org_contact_values
-- timeout:  2 s
-- budget:   60 + 2 * rows
-- sorts:    a row for each value
-- note:     kept at writing (migration 0092): a row a value.
SELECT v.value, sum(v.contacts)::int8 AS count
FROM org_contact_values AS v
WHERE v.org_id = $1 AND v.kind = /*kind*/ AND v.value IS NOT NULL
GROUP BY v.value HAVING sum(v.contacts) > 0
ORDER BY salesflow_fold(v.value) COLLATE "C", v.value
LIMIT $2;
