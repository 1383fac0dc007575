-- Stores the autopilot settings of a contact, or the user's own with a null contact. No row when the contact is neither
-- the organisation's nor a lead of the user's.
-- params:   $1 id uuid | $2 user_id uuid | $3 contact_id uuid | $4 mode text | $5 channels jsonb | $6 max_auto_replies_per_day int4 | $7 min_confidence int4 | $8 is_active bool | $9 org_id uuid
-- rows:     id uuid? | contact_id uuid? | mode text | channels jsonb | max_auto_replies_per_day int4 | min_confidence int4 | is_active bool | created_at timestamptz? | updated_at timestamptz? | row_version int8
-- index:    autopilot_settings_user_contact_key, leads_user_id_id_key, contacts_org_id_id_key
-- mode:     write
-- place:    mixed
-- reads:    contacts, leads
-- writes:   autopilot_settings
-- timeout:  2 s
-- budget:   70
-- note:     the look-ups say BETWEEN and ORDER BY as imports' match_leads does.
INSERT INTO public.autopilot_settings (id, user_id, contact_id, mode, channels, max_auto_replies_per_day, min_confidence, is_active)
SELECT $1, $2, $3, coalesce($4, 'off'), coalesce($5, '["email"]'::jsonb), coalesce($6, 10), coalesce($7, 90), coalesce($8, true)
WHERE $3 IS NULL OR (SELECT c.id FROM contacts AS c WHERE c.org_id = $9 AND c.id BETWEEN $3 AND $3 ORDER BY c.id LIMIT 1) IS NOT NULL
   OR (SELECT l.id FROM leads AS l WHERE l.user_id = $2 AND l.id BETWEEN $3 AND $3 ORDER BY l.id LIMIT 1) IS NOT NULL
ON CONFLICT (user_id, coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid)) DO UPDATE
SET mode = coalesce($4, autopilot_settings.mode),
    channels = coalesce($5, autopilot_settings.channels),
    max_auto_replies_per_day = coalesce($6, autopilot_settings.max_auto_replies_per_day),
    min_confidence = coalesce($7, autopilot_settings.min_confidence),
    is_active = coalesce($8, autopilot_settings.is_active)
RETURNING id, contact_id, mode, channels, max_auto_replies_per_day, min_confidence, is_active, created_at, updated_at, row_version;
