-- why: login and signup look an address up without case; an adopted table may hold mixed case.
-- phase: base
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on users; reads and writes go on
-- owner: accounts
-- undo: 0005_base_users_email_lookup.down.sql
CREATE INDEX CONCURRENTLY users_email_lower_idx ON public.users (lower(email));
