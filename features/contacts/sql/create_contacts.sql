-- Stores new contacts and the activity that says so of each: all of them or none.
-- params:   $1 org_id uuid | $2 user_id uuid | $3 contacts jsonb
-- rows:     id uuid | org_id uuid | owner_id uuid? | created_by uuid? | lead_id uuid? | name text | first_name … country text? | lat numeric? |
--           lng numeric? | status text | lifecycle_stage text | vertical text? | source text? | source_detail text? | segment text? |
--           notes text? | avatar_url text? | preferred_channel text | formal_address bool | do_not_contact bool | tags text[] |
--           custom_fields jsonb | score int4 | score_breakdown jsonb | first_contact_at timestamptz? | last_contact_at timestamptz? |
--           last_response_at timestamptz? | next_followup_at timestamptz? | converted_at timestamptz? | created_at timestamptz |
--           updated_at timestamptz | row_version int8
-- index:    none: an insert
-- mode:     write
-- place:    mixed
-- reads:    org_members
-- writes:   contacts, activities
-- timeout:  5 s
-- budget:   150 + 100 * rows
-- sorts:    the rows made, in the order they were asked for
-- note:     $3 is an array with each member of each contact; a missing owner is the caller, and what else may not be
--           missing has its default. No row when one of the owners is no
--           member of the organisation. Ids are made in the order of the array.
WITH asked AS MATERIALIZED (
  SELECT a.* FROM jsonb_to_recordset($3) AS a (id uuid, activity_id uuid, owner_id uuid, name text, first_name text, last_name
                                     text, email text, phone text, phone_secondary
                                     text, instagram text, linkedin text, facebook
                                     text, tiktok text, website text, company text,
                                     "position" text, company_size text, industry
                                     text, address text, city text, district text,
                                     postal_code text, country text, lat numeric,
                                     lng numeric, status text, lifecycle_stage
                                     text, vertical text, source text,
                                     source_detail text, segment text, notes text,
                                     avatar_url text, preferred_channel text,
                                     formal_address bool, do_not_contact bool, tags
                                     text[], custom_fields jsonb, score int4,
                                     first_contact_at timestamptz, last_contact_at
                                     timestamptz, last_response_at timestamptz,
                                     next_followup_at timestamptz, converted_at
                                     timestamptz)
), made AS (
  INSERT INTO public.contacts (id, org_id, created_by, owner_id, name, first_name, last_name, email, phone, phone_secondary,
                        instagram, linkedin, facebook, tiktok, website, company, "position",
                        company_size, industry, address, city, district, postal_code, country,
                        lat, lng, status, lifecycle_stage, vertical, source, source_detail,
                        segment, notes, avatar_url, preferred_channel, formal_address,
                        do_not_contact, tags, custom_fields, score, first_contact_at,
                        last_contact_at, last_response_at, next_followup_at, converted_at)
  SELECT a.id, $1, $2, coalesce(a.owner_id, $2), a.name, a.first_name, a.last_name, a.email, a.phone, a.phone_secondary,
         a.instagram, a.linkedin, a.facebook, a.tiktok, a.website, a.company, a."position", a.company_size,
         a.industry, a.address, a.city, a.district, a.postal_code, coalesce(a.country, 'AT'), a.lat, a.lng,
         coalesce(a.status, 'lead'), coalesce(a.lifecycle_stage, 'lead'), a.vertical, a.source,
         a.source_detail, a.segment, a.notes, a.avatar_url, coalesce(a.preferred_channel, 'whatsapp'),
         coalesce(a.formal_address, false), coalesce(a.do_not_contact, false), coalesce(a.tags, '{}'),
         coalesce(a.custom_fields, '{}'), coalesce(a.score, 0), a.first_contact_at, a.last_contact_at,
         a.last_response_at, a.next_followup_at, a.converted_at
  FROM asked AS a
  WHERE NOT EXISTS (SELECT FROM asked AS o
                    WHERE o.owner_id <> $2 AND NOT EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $1 AND m.user_id = o.owner_id))
  RETURNING *
), logged AS (
  INSERT INTO public.activities (id, org_id, contact_id, user_id, type, subject)
  SELECT a.activity_id, $1, c.id, $2, 'created', c.name
  FROM made AS c JOIN asked AS a ON a.id = c.id
)
SELECT c.id, c.org_id, c.owner_id, c.created_by, c.lead_id, c.name, c.first_name, c.last_name, c.email, c.phone,
       c.phone_secondary, c.instagram, c.linkedin, c.facebook, c.tiktok, c.website, c.company, c."position",
       c.company_size, c.industry, c.address, c.city, c.district, c.postal_code, c.country, c.lat, c.lng,
       c.status, c.lifecycle_stage, c.vertical, c.source, c.source_detail, c.segment, c.notes, c.avatar_url,
       c.preferred_channel, c.formal_address, c.do_not_contact, coalesce(c.tags, '{}') AS tags,
       coalesce(c.custom_fields, '{}') AS custom_fields, c.score, coalesce(c.score_breakdown, '{}') AS
       score_breakdown, c.first_contact_at, c.last_contact_at, c.last_response_at, c.next_followup_at,
       c.converted_at, c.created_at, c.updated_at, c.row_version
FROM made AS c
ORDER BY c.id;
