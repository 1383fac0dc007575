-- Drafts a message for each lead whose follow-up is due and that has no draft for that day yet, the longest overdue first.
-- params:   $1 user_id uuid | $2 due_day date | $3 draft_ids uuid[]
-- rows:     none
-- index:    idx_leads_next_followup
-- mode:     write
-- place:    user
-- writes:   message_queue
-- timeout:  5 s
-- sorts:    fifty leads at most, to be numbered
-- budget:   3000
-- note:     at most fifty a call. A draft made since the day of the follow-up answers it, whatever became of it: a lead comes
--           again with its next follow-up. Priority: 50 + hot 30 or warm 15 + 5 a day overdue, at most 20; 100 in all. Callers run
--           lock_drafts in front.
INSERT INTO public.message_queue (id, user_id, lead_id, channel, message, priority, ai_model)
SELECT ($3)[row_number() OVER (ORDER BY l.next_follow_up_key DESC, l.id DESC)], $1, l.id,
       CASE WHEN lower(l.preferred_channel) = 'email' AND l.email <> '' THEN 'email'
            WHEN lower(l.preferred_channel) = 'instagram' AND coalesce(nullif(l.instagram, ''), nullif(l.instagram_handle, ''), l.instagram_url) <> '' THEN 'instagram'
            WHEN lower(l.preferred_channel) = 'linkedin' AND coalesce(nullif(l.linkedin, ''), l.linkedin_url) <> '' THEN 'linkedin'
            WHEN lower(l.preferred_channel) = 'facebook' AND l.facebook <> '' THEN 'facebook'
            WHEN coalesce(nullif(l.whatsapp, ''), l.phone) <> '' THEN 'whatsapp'
            WHEN l.email <> '' THEN 'email'
            WHEN coalesce(nullif(l.instagram, ''), nullif(l.instagram_handle, ''), l.instagram_url) <> '' THEN 'instagram'
            WHEN coalesce(nullif(l.linkedin, ''), l.linkedin_url) <> '' THEN 'linkedin'
            WHEN l.facebook <> '' THEN 'facebook'
            ELSE 'whatsapp' END,
       'Hallo' || coalesce(' ' || nullif(coalesce(nullif(btrim(l.first_name), ''), nullif(split_part(btrim(l.name), ' ', 1), 'Unbekannt')), ''), '') ||
       CASE WHEN l.temperature_score >= 80 THEN ', wie besprochen melde ich mich bei dir. Wann passt dir ein kurzes Gespräch?'
            WHEN coalesce(l.temperature_score, 50) >= 50 THEN ', ich wollte kurz nachfragen, wie es dir geht. Hast du noch Fragen an mich?'
            ELSE ', darf ich mich noch einmal bei dir melden? Ein kurzes Ja oder Nein genügt mir.' END,
       least(100, 50 + CASE WHEN l.temperature_score >= 80 THEN 30 WHEN coalesce(l.temperature_score, 50) >= 50 THEN 15 ELSE 0 END
                  + least(5 * ($2 - l.next_follow_up_key), 20)), 'rules'
FROM (SELECT d.* FROM leads AS d
      WHERE d.user_id = $1 AND d.next_follow_up_key <= $2 AND d.archived_at IS NULL AND d.do_not_contact IS NOT TRUE
        AND coalesce(d.status_key, 'new') NOT IN ('won', 'lost')
        AND NOT EXISTS (SELECT FROM message_queue AS m WHERE m.user_id = $1 AND m.lead_id = d.id
                        AND (m.status = 'pending' OR m.created_at >= d.next_follow_up_key::timestamp AT TIME ZONE 'UTC'))
      ORDER BY d.next_follow_up_key, d.id
      LIMIT 50) AS l;
