-- Lists what happened in an organisation lately, newest first; one keyset page.
-- params:   $1 org_id uuid | $2 cursor_occurred_at timestamptz | $3 cursor_id uuid | $4 limit_rows int8 | $5 contact_id uuid
-- choices:  filter=all: AND true
-- choices:  filter=contact: AND a.contact_id = $5
-- rows:     id uuid | org_id uuid | contact_id uuid? | contact_name text? | deal_id uuid? | deal_title text? | user_id uuid? | type text |
--           direction text? | subject text? | content text? | content_html text? | metadata jsonb | attachments jsonb |
--           occurred_at timestamptz | created_at timestamptz?
-- index:    idx_activities_org_occurred, activities_org_contact_idx, contacts_org_id_id_key, deals_org_id_id_key
-- mode:     read
-- place:    org
-- reads:    activities, contacts, deals
-- timeout:  2 s
-- budget:   12 + 8 * rows
SELECT a.id, a.org_id, a.contact_id, c.name AS contact_name, a.deal_id, d.title AS deal_title, a.user_id, coalesce(a.type, 'note') AS type,
       a.direction, a.subject, a.content, a.content_html, coalesce(a.metadata, '{}') AS metadata, coalesce(a.attachments, '[]') AS attachments,
       a.occurred_at, a.created_at
FROM (SELECT a.* FROM activities AS a
      WHERE a.org_id = $1 AND (a.occurred_at, a.id) < ($2, $3) /*filter*/
      ORDER BY a.occurred_at DESC, a.id DESC
      LIMIT $4) AS a
LEFT JOIN LATERAL (SELECT r.name FROM contacts AS r WHERE r.org_id = $1 AND r.id = a.contact_id LIMIT 1) AS c ON true
LEFT JOIN LATERAL (SELECT r.title FROM deals AS r WHERE r.org_id = $1 AND r.id = a.deal_id LIMIT 1) AS d ON true;
