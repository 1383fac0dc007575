-- Stores a note of the user, when lead, contact and deal are its own; tells which are not.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 id uuid | $4 lead_id uuid | $5 contact_id uuid | $6 deal_id uuid | $7 content text | $8 note_type text | $9 metadata jsonb
-- rows:     lead_ok bool | contact_ok bool | deal_ok bool | id uuid? | user_id uuid? | lead_id uuid? | contact_id uuid? | deal_id uuid? |
--           content text? | note_type text? | source text? | metadata jsonb? | created_at timestamptz? | updated_at timestamptz? |
--           row_version int8?
-- index:    leads_user_id_id_key, contacts_org_id_id_key, deals_org_id_id_key
-- mode:     write
-- place:    mixed
-- reads:    leads, contacts, deals
-- writes:   crm_notes
-- timeout:  2 s
-- budget:   80
-- note:     a contact is one of the organisation, or a lead of the user: old clients send a lead's id in its place.
WITH asked AS MATERIALIZED (
  SELECT $4 IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $4) AS lead_ok,
         $5 IS NULL OR EXISTS (SELECT FROM contacts AS c WHERE c.org_id = $2 AND c.id = $5)
           OR EXISTS (SELECT FROM leads AS l WHERE l.user_id = $1 AND l.id = $5) AS contact_ok,
         $6 IS NULL OR EXISTS (SELECT FROM deals AS d WHERE d.org_id = $2 AND d.id = $6) AS deal_ok
), made AS (
  INSERT INTO public.crm_notes (id, user_id, lead_id, contact_id, deal_id, content, note_type, source, metadata)
  SELECT $3, $1, $4, $5, $6, $7, $8, 'user', $9 FROM asked AS a WHERE a.lead_ok AND a.contact_ok AND a.deal_ok
  RETURNING id, user_id, lead_id, contact_id, deal_id, content, note_type, source, metadata, created_at, updated_at, row_version
)
SELECT a.lead_ok, a.contact_ok, a.deal_ok, m.id, m.user_id, m.lead_id, m.contact_id, m.deal_id, m.content, m.note_type,
       m.source, m.metadata, m.created_at, m.updated_at, m.row_version
FROM asked AS a LEFT JOIN made AS m ON true;
