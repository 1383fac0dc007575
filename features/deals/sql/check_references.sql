-- Tells why a write of a deal met no row: its version now, and whether the organisation has its contact and its owner,
--   and the currency of an amount.
-- params:   $1 org_id uuid | $2 deal_id uuid | $3 contact_id uuid | $4 owner_id uuid
-- rows:     row_version int8? | contact_known bool | owner_known bool | currency text | value_decimals int4?
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     read
-- place:    mixed
-- reads:    deals, contacts, org_members, organizations
-- timeout:  1 s
-- budget:   20
-- note:     a NULL was not asked for and counts as known.
SELECT (SELECT d.row_version FROM deals AS d WHERE d.org_id = $1 AND d.id = $2) AS row_version,
       $3 IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $1 AND c.id = $3) AS contact_known,
       $4 IS NULL OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $1 AND m.user_id = $4) AS owner_known,
       coalesce((SELECT currency_code(d.currency::text) FROM deals AS d WHERE d.org_id = $1 AND d.id = $2),
                (SELECT currency_code(o.default_currency::text) FROM organizations AS o WHERE o.id = $1), 'EUR') AS currency,
       (SELECT scale(trim_scale(d.value)) FROM deals AS d WHERE d.org_id = $1 AND d.id = $2) AS value_decimals;
