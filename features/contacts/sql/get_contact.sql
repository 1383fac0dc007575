-- Reads one contact of the organisation.
-- params:   $1 org_id uuid | $2 contact_id uuid
-- rows:     id uuid | org_id uuid | owner_id uuid? | created_by uuid? | lead_id uuid? | name text | first_name … country text? | lat numeric? |
--           lng numeric? | status text | lifecycle_stage text | vertical text? | source text? | source_detail text? | segment text? |
--           notes text? | avatar_url text? | preferred_channel text | formal_address bool | do_not_contact bool | tags text[] |
--           custom_fields jsonb | score int4 | score_breakdown jsonb | first_contact_at timestamptz? | last_contact_at timestamptz? |
--           last_response_at timestamptz? | next_followup_at timestamptz? | converted_at timestamptz? | created_at timestamptz |
--           updated_at timestamptz | row_version int8
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     read
-- place:    org
-- reads:    contacts
-- timeout:  1 s
-- budget:   8
SELECT c.id, c.org_id, c.owner_id, c.created_by, c.lead_id, c.name, c.first_name, c.last_name, c.email, c.phone,
       c.phone_secondary, c.instagram, c.linkedin, c.facebook, c.tiktok, c.website, c.company, c."position",
       c.company_size, c.industry, c.address, c.city, c.district, c.postal_code, c.country, c.lat, c.lng,
       c.status, c.lifecycle_stage, c.vertical, c.source, c.source_detail, c.segment, c.notes, c.avatar_url,
       c.preferred_channel, c.formal_address, c.do_not_contact, coalesce(c.tags, '{}') AS tags,
       coalesce(c.custom_fields, '{}') AS custom_fields, c.score, coalesce(c.score_breakdown, '{}') AS
       score_breakdown, c.first_contact_at, c.last_contact_at, c.last_response_at, c.next_followup_at,
       c.converted_at, c.created_at, c.updated_at, c.row_version
FROM contacts AS c
WHERE c.org_id = $1 AND c.id = $2;
