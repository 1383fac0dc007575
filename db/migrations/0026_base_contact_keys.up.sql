-- why: contacts are searched by any part of name, company and e-mail, and by the first letters of the name; under row
--      level security ILIKE serves no index (6,158 buffers). Two plain columns in lower case do.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on contacts while columns and triggers are added (no rewrite, no scan)
-- owner: contacts
-- undo: 0026_base_contact_keys.down.sql
--
--   search_text  lower(name, company, email), one a line: a term never matches across two of them
--   name_lc      lower(name), at most 200 characters, in byte order: a prefix is a range
CALL salesflow.ensure_table('public.contacts', $$
  search_text text
  name_lc text COLLATE "C"
$$);
CREATE FUNCTION salesflow.set_contact_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.search_text := lower(concat_ws(E'\n', NEW.name, NEW.company, NEW.email));
  NEW.name_lc := left(lower(NEW.name), 200);
  RETURN NEW;
END $$;
CALL salesflow.ensure_keys('public.contacts', 'set_contact_keys');
CALL salesflow.ensure_backfill('public.contacts', true);
CALL salesflow.seal();
