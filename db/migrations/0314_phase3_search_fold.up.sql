-- why: searches fold what is looked for as the searched texts are folded (0100): accents, ß, and a phone number's spelling.
-- phase: phase3
-- transaction: one
-- lock: none
-- owner: contacts
-- undo: 0314_phase3_search_fold.down.sql
CALL salesflow.keep_function('salesflow_app.search_contacts(text, integer, timestamp with time zone, uuid)');
CALL salesflow.keep_function('salesflow_app.find_contacts(text, integer)');
CALL salesflow.keep_function('salesflow_app.search_conversations(text)');
CALL salesflow.keep_function('salesflow_app.search_deals(text, integer)');
CALL salesflow.replace_in_function('salesflow_app.search_contacts(text, integer, timestamp with time zone, uuid)',
  'lower(p_term)', 'public.salesflow_search_term(p_term)', 'p_term ~', 'public.salesflow_search_term(p_term) ~');
CALL salesflow.replace_in_function('salesflow_app.find_contacts(text, integer)',
  'lower(p_term)', 'public.salesflow_search_term(p_term)', 'p_term ~', 'v_term ~');
CALL salesflow.replace_in_function('salesflow_app.search_conversations(text)',
  'lower(p_term)', 'public.salesflow_search_term(p_term)', 'p_term ~', 'public.salesflow_search_term(p_term) ~');
CALL salesflow.replace_in_function('salesflow_app.search_deals(text, integer)',
  'lower(', 'public.salesflow_fold(', 'p_term ~', 'public.salesflow_fold(p_term) ~');
