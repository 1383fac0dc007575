-- Changes what was sent of one note of the user, when it still has the version that the caller saw and what it is now
-- about is the user's own; tells what is not.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 note_id uuid | $4 lead_id uuid | $5 contact_id uuid | $6 deal_id uuid | $7 content text | $8 note_type text | $9 metadata jsonb | $10 lead_id_sent bool | $11 contact_id_sent bool | $12 deal_id_sent bool | $13 metadata_sent bool | $14 row_version int8
-- variants: version: AND n.row_version = $14
-- rows:     lead_ok bool | contact_ok bool | deal_ok bool | id uuid? | user_id uuid? | lead_id uuid? | contact_id uuid? | deal_id uuid? |
--           content text? | note_type text? | source text? | metadata jsonb? | created_at timestamptz? | updated_at timestamptz? |
--           row_version int8?
-- index:    crm_notes_pkey, leads_user_id_id_key, contacts_org_id_id_key, deals_org_id_id_key
-- mode:     write
-- place:    mixed
-- reads:    leads, contacts, deals
-- writes:   crm_notes
-- timeout:  2 s
-- budget:   100
WITH asked AS MATERIALIZED (
  SELECT $4 IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $4) AS lead_ok,
         $5 IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $2 AND c.id = $5)
           OR EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $5) AS contact_ok,
         $6 IS NULL OR EXISTS (SELECT FROM deals AS d WHERE d.org_id = $2 AND d.id = $6) AS deal_ok
), changed AS (
  UPDATE public.crm_notes AS n
  SET lead_id = CASE WHEN $10 THEN $4 ELSE n.lead_id END, contact_id = CASE WHEN $11 THEN $5 ELSE n.contact_id END,
      deal_id = CASE WHEN $12 THEN $6 ELSE n.deal_id END, content = coalesce($7, n.content),
      note_type = coalesce($8, n.note_type), metadata = CASE WHEN $13 THEN $9 ELSE n.metadata END
  FROM asked AS a
  WHERE n.user_id = $1 AND n.id = $3 AND a.lead_ok AND a.contact_ok AND a.deal_ok /*version*/
  RETURNING n.id, n.user_id, n.lead_id, n.contact_id, n.deal_id, n.content, n.note_type, n.source, n.metadata, n.created_at,
            n.updated_at, n.row_version
)
SELECT a.lead_ok, a.contact_ok, a.deal_ok, c.id, c.user_id, c.lead_id, c.contact_id, c.deal_id, c.content, c.note_type,
       c.source, c.metadata, c.created_at, c.updated_at, c.row_version
FROM asked AS a LEFT JOIN changed AS c ON true;
