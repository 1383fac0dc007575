-- why: forms and filters offer the industries and tags that an organisation's contacts have, which no index begins with:
--      reading them would be reading each contact.
-- phase: base
-- transaction: none
-- lock: SHARE ROW EXCLUSIVE on contacts while the triggers are added, without a scan; then contacts are read once, beside
--       their writers
-- owner: lookups
-- undo: 0092_base_contact_values.down.sql
--
--   org_contact_values  contacts by what they have: a row each industry and each tag, as `kind` and `value`, without spaces
--                       around it and at most 100 letters; a tag that a contact has twice counts twice. NULL: has none
DO $do$
DECLARE
  v_tags text := (SELECT format_type(a.atttypid, NULL) FROM pg_attribute AS a
                  WHERE a.attrelid = 'public.contacts'::regclass AND a.attname = 'tags' AND NOT a.attisdropped);
  -- The industry, then the tags; a found array may have more dimensions than one.
  v_values text := format('ARRAY(SELECT left(nullif(btrim(v.value), ''''), 100) FROM (SELECT 1 AS nr, r.industry::text AS value UNION ALL SELECT 2, t.tag FROM %s AS t (tag)) AS v ORDER BY v.nr)',
    CASE WHEN v_tags LIKE '%[]' THEN 'unnest(r.tags::text[])'
         WHEN v_tags IN ('json', 'jsonb') THEN $$jsonb_array_elements_text(CASE jsonb_typeof(r.tags::jsonb) WHEN 'array' THEN r.tags::jsonb ELSE '[]' END)$$
         ELSE $$unnest(string_to_array(r.tags::text, ','))$$ END);
BEGIN
  CALL salesflow.ensure_rollup('contact_values', 'public.contacts', '{org_id}', p_measures => 'contacts = count(*)',
    p_keys => format($k$
      kind text = (ARRAY['industry', 'tag'])[least(generate_subscripts(%1$s, 1), 2)]
      value text = unnest(%1$s)
    $k$, v_values));
END $do$;
CALL salesflow.recount_rollup('org_contact_values');
