-- Leads by id, as JSON, with the temperature as text.
-- params:   $1 user_id uuid | $2 lead_ids uuid[]
-- rows:     lead jsonb
-- index:    leads_user_id_id_key
-- mode:     read
-- place:    user
-- reads:    leads
-- timeout:  2 s
-- budget:   8 + 6 * rows
SELECT jsonb_build_object('id', l.id, 'user_id', l.user_id, 'name', l.name, 'first_name', l.first_name, 'last_name', l.last_name,
  'email', l.email, 'phone', l.phone, 'company', l.company, 'position', l.position, 'platform', l.platform,
  'status', l.status_key, 'temperature', CASE WHEN l.temperature_score >= 80 THEN 'hot' WHEN l.temperature_score >= 50 THEN 'warm' ELSE 'cold' END,
  'temperature_score', l.temperature_score, 'score', l.score, 'tags', l.tags, 'last_message', l.last_message,
  'notes', l.notes, 'next_follow_up', l.next_follow_up, 'follow_up_reason', l.follow_up_reason, 'whatsapp', l.whatsapp,
  'instagram', l.instagram, 'facebook', l.facebook, 'linkedin', l.linkedin, 'source', l.source,
  'source_channel', l.source_channel, 'vertical', l.vertical, 'customer_value', l.customer_value,
  'created_at', to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'updated_at', to_char(l.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'row_version', l.row_version)
FROM leads AS l WHERE l.user_id = $1 AND l.id = ANY($2);
