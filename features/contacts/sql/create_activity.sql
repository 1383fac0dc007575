-- Stores one activity of a contact of the organisation. No row when contact or deal are not the organisation's.
-- params:   $1 id uuid | $2 org_id uuid | $3 contact_id uuid | $4 deal_id uuid | $5 user_id uuid | $6 type text | $7 direction text | $8 subject text | $9 content text | $10 content_html text | $11 metadata jsonb | $12 attachments jsonb | $13 occurred_at timestamptz
-- rows:     id uuid | org_id uuid | contact_id uuid? | deal_id uuid? | user_id uuid? | type text | direction text? | subject text? |
--           content text? | content_html text? | metadata jsonb | attachments jsonb | occurred_at timestamptz | created_at timestamptz
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     write
-- place:    org
-- reads:    contacts, deals
-- writes:   activities
-- timeout:  2 s
-- budget:   120
INSERT INTO public.activities (id, org_id, contact_id, deal_id, user_id, type, direction, subject, content, content_html, metadata, attachments, occurred_at)
SELECT $1, $2, c.id, $4, $5, $6, $7, $8, $9, $10, coalesce($11, '{}'), coalesce($12, '[]'), coalesce($13, now())
FROM contacts AS c
WHERE c.org_id = $2 AND c.id = $3 AND ($4 IS NULL OR EXISTS (SELECT FROM deals AS d WHERE d.org_id = $2 AND d.id = $4))
RETURNING id, org_id, contact_id, deal_id, user_id, type, direction, subject, content, content_html, metadata, attachments, occurred_at, created_at;
