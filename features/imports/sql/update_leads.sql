-- Fills in what rows of a batch give of leads that are there, and notes in the job's report what changed of each; each lead
-- at most once a statement.
-- params:   $1 user_id uuid | $2 ids uuid[] | $3 name_values text[] | $4 first_name_values text[] | $5 last_name_values text[] | $6 email_values text[] | $7 phone_values text[] | $8 company_values text[] | $9 position_values text[] | $10 platform_values text[] | $11 status_values text[] | $12 temperature_values text[] | $13 score_values text[] | $14 tags_values text[] | $15 last_message_values text[] | $16 notes_values text[] | $17 next_follow_up_values text[] | $18 follow_up_reason_values text[] | $19 whatsapp_values text[] | $20 instagram_values text[] | $21 facebook_values text[] | $22 linkedin_values text[] | $23 source_values text[] | $24 source_channel_values text[] | $25 vertical_values text[] | $26 customer_value_values text[] | $27 further_values text[] | $28 job_id uuid | $29 lines int8[] | $30 parts int8[] | $31 matched_kinds text[] | $32 reason text
-- rows:     none
-- index:    leads_user_id_id_key, leads_pkey
-- mode:     write
-- place:    user
-- writes:   leads, import_errors
-- timeout:  60 s
-- budget:   4000
-- note:     new notes take the place of the old, but for lines that keep a further address or number. Measured with 100 leads: their rows, and an entry in each of the indexes of leads apiece.
WITH changed AS (UPDATE public.leads AS l
SET name = coalesce(i.name, l.name), first_name = coalesce(i.first_name, l.first_name), last_name = coalesce(i.last_name,
    l.last_name), email = coalesce(i.email, l.email), phone = coalesce(i.phone, l.phone), company =
    coalesce(i.company, l.company), position = coalesce(i.position, l.position), platform = coalesce(i.platform,
    l.platform), status = coalesce(i.status, l.status), score = coalesce(i.score::integer, l.score), tags =
    coalesce(salesflow_lead_tags(string_to_array(i.tags, E'\x1e')), l.tags), last_message = coalesce(i.last_message, l.last_message), notes
    = CASE WHEN i.further IS NULL OR strpos(coalesce(n.notes, ''), i.further) > 0 THEN n.notes
      ELSE concat_ws(E'\n', nullif(n.notes, ''), i.further) END, next_follow_up = coalesce(salesflow_lead_day(i.next_follow_up::date), l.next_follow_up),
    follow_up_reason = coalesce(i.follow_up_reason, l.follow_up_reason), whatsapp = coalesce(i.whatsapp, l.whatsapp),
    instagram = coalesce(i.instagram, l.instagram), facebook = coalesce(i.facebook, l.facebook), linkedin =
    coalesce(i.linkedin, l.linkedin), source = coalesce(i.source, l.source), source_channel =
    coalesce(i.source_channel, l.source_channel), vertical = coalesce(i.vertical, l.vertical), customer_value =
    coalesce(i.customer_value::numeric, l.customer_value), temperature_score = coalesce(i.temperature::smallint,
    l.temperature_score)
FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $29, $30, $31)
  AS i (id, name, first_name, last_name, email, phone, company, position, platform, status, temperature, score, tags, last_message, notes, next_follow_up, follow_up_reason, whatsapp, instagram, facebook, linkedin, source, source_channel, vertical, customer_value, further, line, part, matched_by)
JOIN leads AS o ON o.user_id = $1 AND o.id = i.id
CROSS JOIN LATERAL (
  SELECT CASE WHEN i.notes IS NULL THEN o.notes
              ELSE concat_ws(E'\n', i.notes,
                (SELECT string_agg(t.line, E'\n' ORDER BY t.n) FROM string_to_table(o.notes, E'\n') WITH ORDINALITY AS t (line, n)
                 WHERE t.line ~ '^[^:]{1,100}: ([^@[:space:]]+@[^@[:space:]]+|[+0-9][-0-9 ()/.]{5,})$' AND strpos(i.notes, t.line) = 0)) END AS notes
) AS n
WHERE l.user_id = $1 AND l.id = i.id
RETURNING i.line, i.part, i.matched_by, l.id, concat_ws(', ',
  CASE WHEN o.name IS DISTINCT FROM l.name THEN 'name' END, CASE WHEN o.first_name IS DISTINCT FROM l.first_name THEN 'first_name' END,
  CASE WHEN o.last_name IS DISTINCT FROM l.last_name THEN 'last_name' END, CASE WHEN o.email IS DISTINCT FROM l.email THEN 'email' END,
  CASE WHEN o.phone IS DISTINCT FROM l.phone THEN 'phone' END, CASE WHEN o.company IS DISTINCT FROM l.company THEN 'company' END,
  CASE WHEN o.position IS DISTINCT FROM l.position THEN 'position' END, CASE WHEN o.platform IS DISTINCT FROM l.platform THEN 'platform' END,
  CASE WHEN o.status IS DISTINCT FROM l.status THEN 'status' END, CASE WHEN o.temperature_score IS DISTINCT FROM l.temperature_score THEN 'temperature' END,
  CASE WHEN o.score IS DISTINCT FROM l.score THEN 'score' END, CASE WHEN o.tags::text IS DISTINCT FROM l.tags::text THEN 'tags' END,
  CASE WHEN o.last_message IS DISTINCT FROM l.last_message THEN 'last_message' END, CASE WHEN o.notes IS DISTINCT FROM l.notes THEN 'notes' END,
  CASE WHEN o.next_follow_up IS DISTINCT FROM l.next_follow_up THEN 'next_follow_up' END, CASE WHEN o.follow_up_reason IS DISTINCT FROM l.follow_up_reason THEN 'follow_up_reason' END,
  CASE WHEN o.whatsapp IS DISTINCT FROM l.whatsapp THEN 'whatsapp' END, CASE WHEN o.instagram IS DISTINCT FROM l.instagram THEN 'instagram' END,
  CASE WHEN o.facebook IS DISTINCT FROM l.facebook THEN 'facebook' END, CASE WHEN o.linkedin IS DISTINCT FROM l.linkedin THEN 'linkedin' END,
  CASE WHEN o.source IS DISTINCT FROM l.source THEN 'source' END, CASE WHEN o.source_channel IS DISTINCT FROM l.source_channel THEN 'source_channel' END,
  CASE WHEN o.vertical IS DISTINCT FROM l.vertical THEN 'vertical' END, CASE WHEN o.customer_value IS DISTINCT FROM l.customer_value THEN 'customer_value' END) AS names)
INSERT INTO import_errors (user_id, job_id, line, part, kind, field, reason, content, lead_id, changed)
SELECT $1, $28, c.line, c.part, 'updated', c.matched_by, $32, '', c.id, c.names FROM changed AS c WHERE $28 IS NOT NULL;
