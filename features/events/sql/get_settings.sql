-- Reads the autopilot settings that hold for a contact: the contact's own, else the user's.
-- params:   $1 user_id uuid | $2 contact_id uuid
-- rows:     id uuid? | contact_id uuid? | mode text | channels jsonb | max_auto_replies_per_day int4 | min_confidence int4 | is_active bool | created_at timestamptz? | updated_at timestamptz? | row_version int8
-- index:    autopilot_settings_user_contact_key
-- mode:     read
-- place:    user
-- reads:    autopilot_settings
-- sorts:    two rows at most
-- timeout:  1 s
-- budget:   10
-- note:     two equalities on the index's expression, not an OR; the nil uuid stands for the user's global row.
SELECT id, contact_id, mode, channels, max_auto_replies_per_day, min_confidence, is_active, created_at, updated_at, row_version
FROM (
  (SELECT s.*, 0 AS place FROM autopilot_settings AS s
   WHERE s.user_id = $1 AND coalesce(s.contact_id, '00000000-0000-0000-0000-000000000000'::uuid) = $2)
  UNION ALL
  (SELECT s.*, 1 AS place FROM autopilot_settings AS s
   WHERE s.user_id = $1 AND coalesce(s.contact_id, '00000000-0000-0000-0000-000000000000'::uuid) = '00000000-0000-0000-0000-000000000000'::uuid)
) AS found
ORDER BY place
LIMIT 1;
