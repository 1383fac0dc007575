-- Changes one contact of the organisation, when it still has the version that the caller saw.
-- params:   $1 org_id uuid | $2 contact_id uuid | $3 changes jsonb | $4 row_version int8
-- variants: version: AND c.row_version = $4
-- rows:     id uuid | org_id uuid | owner_id uuid? | created_by uuid? | lead_id uuid? | name text | first_name … country text? | lat numeric? |
--           lng numeric? | status text | lifecycle_stage text | vertical text? | source text? | source_detail text? | segment text? |
--           notes text? | avatar_url text? | preferred_channel text | formal_address bool | do_not_contact bool | tags text[] |
--           custom_fields jsonb | score int4 | score_breakdown jsonb | first_contact_at timestamptz? | last_contact_at timestamptz? |
--           last_response_at timestamptz? | next_followup_at timestamptz? | converted_at timestamptz? | created_at timestamptz |
--           updated_at timestamptz | row_version int8
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     write
-- place:    mixed
-- reads:    org_members
-- writes:   contacts
-- timeout:  2 s
-- budget:   250
-- note:     $3 holds the members that change, null to clear one. No row when there is no such contact or version, or when the
--           owner is no member of the organisation.
UPDATE public.contacts AS c
SET (owner_id, name, first_name, last_name, email, phone, phone_secondary, instagram, linkedin, facebook, tiktok,
     website, company, "position", company_size, industry, address, city, district, postal_code, country, lat, lng,
     status, lifecycle_stage, vertical, source, source_detail, segment, notes, avatar_url, preferred_channel,
     formal_address, do_not_contact, tags, custom_fields, score, first_contact_at, last_contact_at,
     last_response_at, next_followup_at, converted_at) =
    (SELECT r.owner_id, r.name, r.first_name, r.last_name, r.email, r.phone, r.phone_secondary, r.instagram, r.linkedin,
        r.facebook, r.tiktok, r.website, r.company, r."position", r.company_size, r.industry, r.address, r.city,
        r.district, r.postal_code, r.country, r.lat, r.lng, r.status, r.lifecycle_stage, r.vertical, r.source,
        r.source_detail, r.segment, r.notes, r.avatar_url, r.preferred_channel, r.formal_address,
        r.do_not_contact, r.tags, r.custom_fields, r.score, r.first_contact_at, r.last_contact_at,
        r.last_response_at, r.next_followup_at, r.converted_at
     FROM jsonb_populate_record(c, $3) AS r)
WHERE c.org_id = $1 AND c.id = $2 /*version*/
  AND ($3 ->> 'owner_id' IS NULL OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $1 AND m.user_id = ($3 ->> 'owner_id')::uuid))
RETURNING c.id, c.org_id, c.owner_id, c.created_by, c.lead_id, c.name, c.first_name, c.last_name, c.email, c.phone,
       c.phone_secondary, c.instagram, c.linkedin, c.facebook, c.tiktok, c.website, c.company, c."position",
       c.company_size, c.industry, c.address, c.city, c.district, c.postal_code, c.country, c.lat, c.lng,
       c.status, c.lifecycle_stage, c.vertical, c.source, c.source_detail, c.segment, c.notes, c.avatar_url,
       c.preferred_channel, c.formal_address, c.do_not_contact, coalesce(c.tags, '{}') AS tags,
       coalesce(c.custom_fields, '{}') AS custom_fields, c.score, coalesce(c.score_breakdown, '{}') AS
       score_breakdown, c.first_contact_at, c.last_contact_at, c.last_response_at, c.next_followup_at,
       c.converted_at, c.created_at, c.updated_at, c.row_version;
