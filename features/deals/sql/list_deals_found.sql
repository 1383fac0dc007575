-- Lists an organisation's deals whose title holds a term, by any mix of filters in any of their orders; one page.
-- params:   $1 org_id uuid | $2 cursor_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 skip_rows int8 | $6 stages text[] | $7 cursor_value_minor int8 | $8 cursor_title text | $9 cursor_close_date date | $10 pipeline text | $11 owner_id uuid | $12 contact_id uuid | $13 value_minor_min int8 | $14 value_minor_max int8 | $15 closes_from date | $16 closes_before date | $17 term text
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
-- variants: open: AND d.closed_at IS NULL
-- rows:     id uuid | title text | value numeric | currency text | stage text | probability int4 | weighted_value numeric |
--           expected_close_date date? | contact_id uuid? | contact_name text? | owner_id uuid? | stage_entered_at timestamptz |
--           created_at timestamptz | updated_at timestamptz | value_minor int8? | total int8 | sums json?
-- index:    none: inside search_deals(), idx_deals_search_folded
-- mode:     read
-- place:    org
-- reads:    deals, contacts
-- clock:    valid_until
-- timeout:  3 s
-- budget:   7000 + 8.5 * rows
-- sorts:    a function's rows carry no order; keys and ids are sorted, the page's rows are read again
-- note:     up to 200 hits of the trigram index are read by id (4 buffers each). A term with more hits, or one without three
--           letters or digits in a row, which must begin the title, reads the organisation as list_deals_mixed does.
WITH hits AS MATERIALIZED (
  SELECT s.id FROM search_deals($17, 201) AS s
), asked AS MATERIALIZED (
  SELECT salesflow_fold($17) ~ '[[:alnum:]]{3}' AND (SELECT count(*) FROM hits) <= 200 AS few, CASE WHEN salesflow_fold($17) ~ '[[:alnum:]]{3}' THEN 200 ELSE 1 END AS latest
)
SELECT d.id, d.title, d.value, currency_code(d.currency) AS currency, d.stage, d.probability, trim_scale(d.weighted_value) AS weighted_value,
       d.expected_close_date, d.contact_id,
       (SELECT c.name FROM contacts AS c WHERE c.id = d.contact_id AND c.org_id = $1) AS contact_name, d.owner_id,
       d.stage_entered_at, d.created_at, d.updated_at, d.value_minor,
       page.total, NULL::json AS sums
FROM (SELECT m.* FROM (
        SELECT d.id, d.created_at, d.updated_at, d.stage_entered_at, d.title, d.value_minor, d.expected_close_date,
               count(*) OVER () AS total
        FROM (SELECT r.* FROM hits AS h CROSS JOIN LATERAL (SELECT f.* FROM deals AS f WHERE f.id = h.id AND f.org_id = $1 LIMIT 1) AS r
              WHERE (SELECT a.few FROM asked AS a)
              UNION ALL
              SELECT r.* FROM deals AS r
              WHERE r.org_id = $1 AND NOT (SELECT a.few FROM asked AS a)
                AND strpos(salesflow_fold(r.title), salesflow_fold($17)) BETWEEN 1 AND (SELECT a.latest FROM asked AS a)) AS d
        WHERE d.org_id = $1 /*open*/
            AND d.stage = ANY (coalesce($6, ARRAY[d.stage])) AND d.pipeline IS NOT DISTINCT FROM coalesce($10, d.pipeline)
            AND d.owner_id IS NOT DISTINCT FROM coalesce($11, d.owner_id)
            AND d.contact_id IS NOT DISTINCT FROM coalesce($12, d.contact_id)
            AND coalesce(d.value_minor, 0) BETWEEN $13 AND $14
            AND coalesce(d.expected_close_date, '-infinity') >= coalesce($15, '-infinity')
            AND coalesce(d.expected_close_date, '-infinity') <= coalesce($16 - 1, 'infinity')
      ) AS m /*sort*/
      LIMIT $4 OFFSET $5) AS page
CROSS JOIN LATERAL (SELECT r.* FROM deals AS r WHERE r.id = page.id AND r.org_id = $1 LIMIT 1) AS d;
