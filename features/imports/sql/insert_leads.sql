-- Stores the new leads of a batch, values as checked text.
-- params:   $1 user_id uuid | $2 import_batch_id uuid | $3 ids uuid[] | $4 name_values text[] | $5 first_name_values text[] | $6 last_name_values text[] | $7 email_values text[] | $8 phone_values text[] | $9 company_values text[] | $10 position_values text[] | $11 platform_values text[] | $12 status_values text[] | $13 temperature_values text[] | $14 score_values text[] | $15 tags_values text[] | $16 last_message_values text[] | $17 notes_values text[] | $18 next_follow_up_values text[] | $19 follow_up_reason_values text[] | $20 whatsapp_values text[] | $21 instagram_values text[] | $22 facebook_values text[] | $23 linkedin_values text[] | $24 source_values text[] | $25 source_channel_values text[] | $26 vertical_values text[] | $27 customer_value_values text[] | $28 created_at_values text[] | $29 created_ats timestamptz[] | $30 further_values text[] | $31 email_keys text[] | $32 phone_keys text[] | $33 instagram_keys text[] | $34 name_keys text[]
-- rows:     none
-- index:    none: an insert
-- mode:     write
-- place:    user
-- writes:   leads
-- timeout:  60 s
-- budget:   100 + 80 * rows
-- note:     a row without name_key gets its keys from the table's trigger. Arrays instead of COPY: COPY FROM is refused under row level security, and the app's login makes no temporary
--           tables. The temperature goes in as its score, which the column's trigger turns into what the table holds.
INSERT INTO public.leads (id, user_id, import_batch_id, name, first_name, last_name, email, phone, company, position, platform, status,
                   temperature_score, score, tags, last_message, notes, next_follow_up, follow_up_reason, whatsapp,
                   instagram, facebook, linkedin, source, source_channel, vertical, customer_value, created_at,
                   email_key, phone_key, instagram_key, name_key)
SELECT i.id, $1, $2, i.name, i.first_name, i.last_name, i.email, i.phone, i.company, i.position, coalesce(i.platform, 'WhatsApp'),
       coalesce(i.status, 'new'), i.temperature::smallint, coalesce(i.score::integer, 0),
       salesflow_lead_tags(coalesce(string_to_array(i.tags, E'\x1e'), '{}')), i.last_message, nullif(concat_ws(E'\n', i.notes, i.further), ''), salesflow_lead_day(i.next_follow_up::date),
       i.follow_up_reason, i.whatsapp, i.instagram, i.facebook, i.linkedin, i.source,
       coalesce(i.source_channel, 'unknown'), i.vertical, coalesce(i.customer_value::numeric, 0),
       coalesce(i.created_at::timestamptz, i.at), i.email_key, i.phone_key, i.instagram_key, i.name_key
FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)
  AS i (id, name, first_name, last_name, email, phone, company, position, platform, status, temperature, score, tags, last_message, notes, next_follow_up, follow_up_reason, whatsapp, instagram, facebook, linkedin, source, source_channel, vertical, customer_value, created_at, at, further, email_key, phone_key, instagram_key, name_key);
