-- why: of several leads with one phone the one with the same Instagram account is meant, before the one with the same name;
--      and a phone number is one behind "tel:", "whatsapp:", an apostrophe or marks of writing direction, too.
-- phase: phase1
-- transaction: one
-- lock: none on a table
-- owner: leads
-- undo: 0140_phase1_same_person.down.sql
CALL salesflow.keep_function('public.salesflow_match_lead(uuid, text, text, text, text, text)');
CALL salesflow.keep_function('public.salesflow_unusual_phone_key(text, text)');
CALL salesflow.replace_in_function('public.salesflow_match_lead(uuid, text, text, text, text, text)',
  $$min(c.id::text) FILTER (WHERE c.name_key = p_name_key), min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key FROM public.leads AS l$$,
  $$min(c.id::text) FILTER (WHERE c.phone_key = p_phone_key), min(c.id::text) FILTER (WHERE c.instagram_key = p_instagram_key),
                     min(c.id::text) FILTER (WHERE c.name_key = p_name_key), min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key, l.phone_key, l.instagram_key FROM public.leads AS l$$,
  $$min(c.id::text) FILTER (WHERE c.name_key = p_name_key), min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key, l.email_key FROM public.leads AS l$$,
  $$min(c.id::text) FILTER (WHERE c.instagram_key = p_instagram_key), min(c.id::text) FILTER (WHERE c.name_key = p_name_key),
                     min(c.id::text))::uuid
     FROM (SELECT l.id, l.name_key, l.email_key, l.instagram_key FROM public.leads AS l$$);
-- What stands before the + is not dialled; full-width characters are characters.
CALL salesflow.replace_in_function('public.salesflow_unusual_phone_key(text, text)',
  $$v_number text := replace(p_phone, '(0)', '');$$,
  $$v_number text := replace(regexp_replace(translate(normalize(p_phone, NFKC), U&'\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069', ''),
                                            '^([^0-9+]*(?=[+])|\s*[[:alpha:]]+\s*:\s*|\s*'')', ''), '(0)', '');$$);
CALL salesflow.seal();
