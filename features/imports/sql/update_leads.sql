-- Fills in what rows of a batch give of leads that are there; each lead at most once a statement.
-- params:   $1 user_id uuid | $2 ids uuid[] | $3 name_values text[] | $4 first_name_values text[] | $5 last_name_values text[] | $6 email_values text[] | $7 phone_values text[] | $8 company_values text[] | $9 position_values text[] | $10 platform_values text[] | $11 status_values text[] | $12 temperature_values text[] | $13 score_values text[] | $14 tags_values text[] | $15 last_message_values text[] | $16 notes_values text[] | $17 next_follow_up_values text[] | $18 follow_up_reason_values text[] | $19 whatsapp_values text[] | $20 instagram_values text[] | $21 facebook_values text[] | $22 linkedin_values text[] | $23 source_values text[] | $24 source_channel_values text[] | $25 vertical_values text[] | $26 customer_value_values text[] | $27 further_values text[]
-- rows:     none
-- index:    leads_user_id_id_key, leads_pkey
-- mode:     write
-- place:    user
-- writes:   leads
-- timeout:  60 s
-- budget:   4000
-- note:     measured with 100 leads: their rows, and an entry in each of the indexes of leads apiece.
UPDATE public.leads AS l
SET name = coalesce(i.name, l.name), first_name = coalesce(i.first_name, l.first_name), last_name = coalesce(i.last_name,
    l.last_name), email = coalesce(i.email, l.email), phone = coalesce(i.phone, l.phone), company =
    coalesce(i.company, l.company), position = coalesce(i.position, l.position), platform = coalesce(i.platform,
    l.platform), status = coalesce(i.status, l.status), score = coalesce(i.score::integer, l.score), tags =
    coalesce(salesflow_lead_tags(string_to_array(i.tags, E'\x1e')), l.tags), last_message = coalesce(i.last_message, l.last_message), notes
    = CASE WHEN i.further IS NULL OR strpos(coalesce(i.notes, l.notes, ''), i.further) > 0 THEN coalesce(i.notes, l.notes)
      ELSE concat_ws(E'\n', nullif(coalesce(i.notes, l.notes), ''), i.further) END, next_follow_up = coalesce(salesflow_lead_day(i.next_follow_up::date), l.next_follow_up),
    follow_up_reason = coalesce(i.follow_up_reason, l.follow_up_reason), whatsapp = coalesce(i.whatsapp, l.whatsapp),
    instagram = coalesce(i.instagram, l.instagram), facebook = coalesce(i.facebook, l.facebook), linkedin =
    coalesce(i.linkedin, l.linkedin), source = coalesce(i.source, l.source), source_channel =
    coalesce(i.source_channel, l.source_channel), vertical = coalesce(i.vertical, l.vertical), customer_value =
    coalesce(i.customer_value::numeric, l.customer_value), temperature_score = coalesce(i.temperature::smallint,
    l.temperature_score)
FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
  AS i (id, name, first_name, last_name, email, phone, company, position, platform, status, temperature, score, tags, last_message, notes, next_follow_up, follow_up_reason, whatsapp, instagram, facebook, linkedin, source, source_channel, vertical, customer_value, further)
WHERE l.user_id = $1 AND l.id = i.id;
