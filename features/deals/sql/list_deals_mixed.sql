-- Lists an organisation's deals by any mix of filters in any of their orders, with their contacts' names and their number; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 stages text[] | $7 cursor_value_minor int8 | $8 cursor_title text | $9 cursor_close_date date | $10 pipeline text | $11 owner_id uuid | $12 contact_id uuid | $13 value_minor_min int8 | $14 value_minor_max int8 | $15 closes_from date | $16 closes_before date
-- choices:  sort=created_desc: WHERE (m.created_at, m.id) < ($2, $3) ORDER BY m.created_at DESC, m.id DESC
-- choices:  sort=created_asc: WHERE (m.created_at, m.id) > ($2, $3) ORDER BY m.created_at, m.id
-- choices:  sort=updated_desc: WHERE (m.updated_at, m.id) < ($2, $3) ORDER BY m.updated_at DESC, m.id DESC
-- choices:  sort=updated_asc: WHERE (m.updated_at, m.id) > ($2, $3) ORDER BY m.updated_at, m.id
-- choices:  sort=stage_entered_desc: WHERE (m.stage_entered_at, m.id) < ($2, $3) ORDER BY m.stage_entered_at DESC, m.id DESC
-- choices:  sort=stage_entered_asc: WHERE (m.stage_entered_at, m.id) > ($2, $3) ORDER BY m.stage_entered_at, m.id
-- choices:  sort=value_desc: WHERE (coalesce(m.value_minor, 0), m.id) < ($7, $3) ORDER BY coalesce(m.value_minor, 0) DESC, m.id DESC
-- choices:  sort=value_asc: WHERE (coalesce(m.value_minor, 0), m.id) > ($7, $3) ORDER BY coalesce(m.value_minor, 0), m.id
-- choices:  sort=title_desc: WHERE (left(salesflow_fold(m.title), 200) COLLATE "C", m.id) < (left(salesflow_fold($8), 200), $3) ORDER BY left(salesflow_fold(m.title), 200) COLLATE "C" DESC, m.id DESC
-- choices:  sort=title_asc: WHERE (left(salesflow_fold(m.title), 200) COLLATE "C", m.id) > (left(salesflow_fold($8), 200), $3) ORDER BY left(salesflow_fold(m.title), 200) COLLATE "C", m.id
-- choices:  sort=title_desc_first: ORDER BY left(salesflow_fold(m.title), 200) COLLATE "C" DESC, m.id DESC
-- choices:  sort=close_desc: WHERE (coalesce(m.expected_close_date, 'infinity'), m.id) < (coalesce($9, 'infinity'), $3) ORDER BY m.expected_close_date DESC, m.id DESC
-- choices:  sort=close_asc: WHERE (coalesce(m.expected_close_date, 'infinity'), m.id) > (coalesce($9, 'infinity'), $3) ORDER BY m.expected_close_date, m.id
-- choices:  of=organisation: d.org_id = $1
-- choices:  of=contact: d.org_id = $1 AND d.contact_id = $12
-- variants: open: AND d.closed_at IS NULL
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8 | sums json?
-- index:    none: the rows that /*of*/ names, by whichever index finds them
-- mode:     read
-- place:    org
-- reads:    deals, contacts
-- clock:    valid_until
-- timeout:  3 s
-- budget:   7000 + 8.5 * rows
-- budgets:  of=contact: 60 + 8.5 * rows
-- sorts:    no index has these filters in these orders; keys and ids are sorted, the page's rows are read again
-- note:     each deal that /*of*/ leaves is read once, for page and total; filters that are not asked for compare a column with
--           itself, so that they need no statements of their own. 530 buffers for 5,700 deals that stand close together, up to
--           one a deal (5,800 for 5,500).
SELECT d.id, d.title, d.value, currency_code(d.currency) AS currency, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.updated_at, d.value_minor,
       page.total, NULL::json AS sums
FROM (SELECT m.* FROM (
        SELECT d.id, d.created_at, d.updated_at, d.stage_entered_at, d.title, d.value_minor, d.expected_close_date,
               count(*) OVER () AS total
        FROM deals AS d
        WHERE /*of*/ /*open*/
            AND d.stage = ANY (coalesce($6, ARRAY[d.stage])) AND d.pipeline IS NOT DISTINCT FROM coalesce($10, d.pipeline)
            AND d.owner_id IS NOT DISTINCT FROM coalesce($11, d.owner_id)
            AND coalesce(d.value_minor, 0) BETWEEN $13 AND $14
            AND coalesce(d.expected_close_date, '-infinity') >= coalesce($15, '-infinity')
            AND coalesce(d.expected_close_date, '-infinity') <= coalesce($16 - 1, 'infinity')
      ) AS m /*sort*/
      LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM deals AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS d;
