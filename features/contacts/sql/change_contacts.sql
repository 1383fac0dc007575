-- Changes status, owner or tags of several contacts of the organisation, or deletes them: all of them or none.
-- params:   $1 org_id uuid | $2 contact_ids uuid[] | $3 status text | $4 owner_id uuid | $5 tags text[]
-- choices:  change=status: UPDATE public.contacts AS c SET status = $3 FROM found AS f WHERE c.id = f.id AND c.org_id = $1 AND (SELECT a.complete FROM asked AS a)
-- choices:  change=owner: UPDATE public.contacts AS c SET owner_id = $4 FROM found AS f WHERE c.id = f.id AND c.org_id = $1 AND (SELECT a.complete FROM asked AS a) AND ($4 IS NULL OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = $1 AND m.user_id = $4))
-- choices:  change=tags_add: UPDATE public.contacts AS c SET tags = coalesce(c.tags, '{}') || ARRAY(SELECT t.tag FROM unnest($5) WITH ORDINALITY AS t (tag, place) WHERE t.tag <> ALL (coalesce(c.tags, '{}')) ORDER BY t.place) FROM found AS f WHERE c.id = f.id AND c.org_id = $1 AND (SELECT a.complete FROM asked AS a)
-- choices:  change=tags_remove: UPDATE public.contacts AS c SET tags = ARRAY(SELECT t.tag FROM unnest(c.tags) WITH ORDINALITY AS t (tag, place) WHERE t.tag <> ALL ($5) ORDER BY t.place) FROM found AS f WHERE c.id = f.id AND c.org_id = $1 AND (SELECT a.complete FROM asked AS a)
-- choices:  change=tags_replace: UPDATE public.contacts AS c SET tags = $5 FROM found AS f WHERE c.id = f.id AND c.org_id = $1 AND (SELECT a.complete FROM asked AS a)
-- choices:  change=remove: DELETE FROM public.contacts AS c USING found AS f WHERE c.id = f.id AND c.org_id = $1 AND (SELECT a.complete FROM asked AS a)
-- rows:     changed int8 | found uuid[]
-- index:    none: single rows, by whichever unique index PostgreSQL takes
-- mode:     write
-- place:    mixed
-- reads:    org_members
-- writes:   contacts, activities, deals, tasks
-- timeout:  5 s
-- budget:   800
-- sorts:    ids, so that two of these lock in the same order and cannot deadlock; a contact's tags
-- note:     at most 100 ids, each once. Nothing changes when one of them is not the organisation's (`found` lacks it), or the owner
--           is not. The budget is that of ten contacts.
WITH found AS MATERIALIZED (
  SELECT c.id FROM contacts AS c WHERE c.org_id = $1 AND c.id = ANY ($2) ORDER BY c.id FOR UPDATE
), asked AS MATERIALIZED (
  SELECT count(*) = cardinality($2) AS complete FROM found
), changed AS (
  /*change*/ RETURNING c.id
)
SELECT (SELECT count(*) FROM changed) AS changed, ARRAY(SELECT f.id FROM found AS f) AS found;
