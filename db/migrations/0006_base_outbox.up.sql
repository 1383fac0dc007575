-- why: caches and event streams must learn of every write, also of one made outside the service. Each writing statement
--      leaves rows in the outbox, in its own transaction; platform/changes moves them into a feed that has an order
--      (docs/decisions/0043).
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on users, organizations and org_members while triggers are added
-- owner: platform/changes
-- undo: 0006_base_outbox.down.sql

-- One row for each statement, topic and pair of tenants. id rises with the order of writing within a row's transactions
-- (its sequence caches nothing), not with the order of commits.
--   user_id, org_id  whose rows they are; neither: everybody's, or nobody's
--   operation        insert | update | delete | truncate, without a CHECK: PostgreSQL reads its expression anew in every
--                    statement that inserts, some 5 µs, and only the functions below write here
--   ids              which rows, up to 50; NULL: many
CALL salesflow.ensure_own_table('public.outbox', $$
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY
  written_at timestamptz NOT NULL DEFAULT now()
  user_id uuid
  org_id uuid
  operation text NOT NULL
  topic text NOT NULL
  ids uuid[]
$$);
-- Rows live for milliseconds; vacuum keeps up by rows, not by share, and never locks writers out to shorten the file.
CALL salesflow.ensure_storage('public.outbox',
  '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=10000,autovacuum_vacuum_insert_scale_factor=0,autovacuum_vacuum_insert_threshold=100000,autovacuum_analyze_scale_factor=0,autovacuum_analyze_threshold=100000,vacuum_truncate=false}');
-- A table without pages is planned to be read as a whole, and a prepared statement would go on doing so. Below zero, since
-- what is dead at the end of the index would be walked by every look.
INSERT INTO public.outbox (id, operation, topic) OVERRIDING SYSTEM VALUE SELECT -i, 'insert', 'none' FROM generate_series(1, 2500) AS i;
DELETE FROM public.outbox;

-- The statements that note what a trigger saw: one for a single row that stays with its tenants, which is what most
-- writers write (12 µs less than the other), and one for all else. Every name in them has its schema: the trigger's function
-- has no search_path of its own, which would cost a tenth of an insert, and a caller's must have nothing to replace.
--   p_operation  'insert', 'update' or 'delete'
--   p_user, p_org, p_id  the table's columns, NULL where it has none
-- More than 1,000 rows are many for each of their tenants, so that a bulk load keeps no list of ids in memory.
CREATE FUNCTION salesflow.note_statements(p_topic text, p_operation text, p_user text, p_org text, p_id text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_sources text[] := CASE p_operation WHEN 'insert' THEN '{added}' WHEN 'delete' THEN '{removed}' ELSE '{added,removed}' END;
  v_into text := format('INSERT INTO public.outbox (topic, operation, user_id, org_id, ids) SELECT %L, %L,', p_topic, p_operation);
  v_tenants text := format('%s AS user_id, %s AS org_id', coalesce('r.' || quote_ident(p_user), 'NULL::pg_catalog.uuid'),
                           coalesce('r.' || quote_ident(p_org), 'NULL::pg_catalog.uuid'));
  v_same text := '';
  v_column text;
BEGIN
  IF p_operation = 'update' THEN
    FOREACH v_column IN ARRAY array_remove(ARRAY[p_user, p_org, p_id], NULL) LOOP
      v_same := v_same || format(' AND (r.%1$I OPERATOR(pg_catalog.=) o.%1$I OR r.%1$I IS NULL AND o.%1$I IS NULL)', v_column);
    END LOOP;
  END IF;
  RETURN format('%s %s, %s FROM %s WHERE (SELECT true FROM %I OFFSET 1 LIMIT 1) IS NULL%s; IF NOT FOUND THEN ', v_into, v_tenants,
                coalesce('ARRAY[r.' || quote_ident(p_id) || ']', 'NULL'),
                CASE WHEN p_operation = 'update' THEN 'added AS r, removed AS o' ELSE v_sources[1] || ' AS r' END, v_sources[1], v_same)
    || v_into || ' c.user_id, c.org_id, CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.<=) 50 THEN pg_catalog.array_agg(c.id) FILTER (WHERE c.id IS NOT NULL) END FROM ('
    || (SELECT string_agg(format('SELECT CASE WHEN (SELECT true FROM %I OFFSET 1000 LIMIT 1) IS NULL THEN %s END AS id, %s FROM %1$I AS r',
                                 source, coalesce('r.' || quote_ident(p_id), 'NULL::pg_catalog.uuid'), v_tenants), ' UNION ') FROM unnest(v_sources) AS source)
    || ') AS c GROUP BY c.user_id, c.org_id; END IF';
END $$;

-- Attaches the outbox to a table; the topic is the table's name. An update names the tenants of before and of after; a
-- TRUNCATE is one row without tenants.
--   p_user, p_org  the columns that name its tenants; NULL: it has none
--   p_id           the column that names its rows; where it is no uuid, a row of the outbox always says many
CREATE PROCEDURE salesflow.ensure_outbox(p_table text, p_user text, p_org text, p_id text DEFAULT 'id')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_topic text := split_part(p_table, '.', 2);
  v_function text := format('salesflow.%I()', 'note_' || v_topic);
  v_columns text[] := ARRAY(SELECT (SELECT a.attname FROM pg_attribute AS a
                                    WHERE a.attrelid = p_table::regclass AND a.attname = c.name AND a.atttypid = 'uuid'::regtype)
                            FROM unnest(ARRAY[p_user, p_org, p_id]) WITH ORDINALITY AS c (name, place) ORDER BY c.place);
  v_event text;
BEGIN
  EXECUTE format($f$
CREATE FUNCTION %1$s RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $b$
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    %2$s;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
    %3$s;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
    %4$s;
  ELSE
    INSERT INTO public.outbox (topic, operation) VALUES (%5$L, 'truncate');
  END IF;
  RETURN NULL;
END $b$ $f$, v_function,
    salesflow.note_statements(v_topic, 'insert', v_columns[1], v_columns[2], v_columns[3]),
    salesflow.note_statements(v_topic, 'update', v_columns[1], v_columns[2], v_columns[3]),
    salesflow.note_statements(v_topic, 'delete', v_columns[1], v_columns[2], v_columns[3]), v_topic);
  CALL salesflow.record('function', v_function, 'DROP FUNCTION ' || v_function);
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
  IF salesflow.acts_as_owner() THEN
    EXECUTE format('ALTER FUNCTION %s OWNER TO salesflow_owner', v_function);
  END IF;
  FOREACH v_event IN ARRAY '{INSERT,UPDATE,DELETE,TRUNCATE}'::text[] LOOP
    CALL salesflow.ensure_trigger(p_table, 'salesflow_outbox_' || lower(v_event), 'AFTER ' || v_event, CASE v_event
      WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS added '
      WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS removed NEW TABLE AS added '
      WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS removed '
      ELSE '' END || 'FOR EACH STATEMENT EXECUTE FUNCTION ' || v_function);
  END LOOP;
END $$;

-- All that every tenant table has: the wall, row_version, the outbox, and the service's grants.
--   p_kind: 'user' or 'org'; p_updated_at: it has a column updated_at timestamptz
-- A row of a user that names an organisation, too, is told to both.
CREATE PROCEDURE salesflow.ensure_tenant_table(p_table text, p_kind text, p_updated_at boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_kind = 'user' THEN
    CALL salesflow.ensure_user_policy(p_table);
  ELSE
    CALL salesflow.ensure_org_policy(p_table);
  END IF;
  CALL salesflow.ensure_row_version(p_table, p_updated_at);
  CALL salesflow.ensure_outbox(p_table, CASE p_kind WHEN 'user' THEN 'user_id' END, 'org_id');
  CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE ' || p_table, 'salesflow_app');
END $$;

-- What the mover has taken out of the outbox, in the order of number. One mover at a time writes here, so a number is
-- never seen before a lower one; numbers of a batch that was rolled back are missing. A change of one row by one
-- transaction after another stands in the order of their commits.
--   outbox_low   on the last row of a batch: no lower id is to come from the outbox any more
--   outbox_head  there, too: ids up to this one were taken, or belonged to writers that had not ended
--   xid          the writer's transaction (or savepoint), its low 32 bits: whoever told of the change already knows by it
CREATE TABLE salesflow.change_feed (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  written_at timestamptz NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now(),
  user_id uuid,
  org_id uuid,
  operation text NOT NULL,
  topic text NOT NULL,
  ids uuid[],
  outbox_low bigint,
  outbox_head bigint,
  xid bigint
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_insert_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 100000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000,
        vacuum_truncate = false);
COMMENT ON TABLE salesflow.change_feed IS 'Every change, in order, for caches and streams; kept for 24 hours, at most a million rows, longer for subscribers.';

-- Up to where the feed was deleted: who deletes next begins there, and walks over nothing that is gone.
CREATE TABLE salesflow.change_feed_start (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  deleted_to bigint NOT NULL DEFAULT 0
);
INSERT INTO salesflow.change_feed_start DEFAULT VALUES;

-- Who remembers its place here. What a subscriber has not taken is kept, until it is given up (docs/decisions/0043).
CREATE TABLE salesflow.change_subscribers (
  name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
  place bigint NOT NULL,
  confirmed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Looks and batches go by the index alone, in its order: an outbox that was empty when it was analysed is planned to be
-- read as a whole, and sorted, each time. (A sequence can be read in no other way, so its plan looks dear, and jit would take
-- 60 ms for it.) Both see one snapshot, which they tell.
--   last_id     given out so far; may be of a writer that began after the snapshot
--   is_waiting  some id from p_from_id on is visible
--   number, outbox_low, outbox_head  of the newest change
CREATE FUNCTION salesflow.look_at_outbox(p_from_id bigint)
RETURNS TABLE (snapshot text, last_id bigint, is_waiting boolean, number bigint, outbox_low bigint, outbox_head bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
  RETURN QUERY
  SELECT pg_current_snapshot()::text, CASE WHEN s.is_called THEN s.last_value ELSE 0 END,
         (SELECT o.id FROM public.outbox AS o WHERE o.id >= p_from_id ORDER BY o.id LIMIT 1) IS NOT NULL, f.number, f.outbox_low, f.outbox_head
  FROM public.outbox_id_seq AS s
  LEFT JOIN LATERAL (SELECT c.number, c.outbox_low, c.outbox_head FROM salesflow.change_feed AS c ORDER BY c.number DESC LIMIT 1) AS f ON true;
END $$;

-- Moves up to 5,000 rows with these ids, lowest first, to the end of the feed. A row for each run of ids that were moved,
-- one of NULLs when nothing was; number: of the last change. Rows are deleted by their place. A number that somebody has
-- read must never come back as another change, so the commit waits for the disk whatever is set.
CREATE FUNCTION salesflow.move_changes(p_from_ids bigint[], p_to_ids bigint[], p_low bigint, p_head bigint)
RETURNS TABLE (snapshot text, number bigint, from_id bigint, to_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'local', true);
  END IF;
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT o.place, o.id
    FROM unnest(p_from_ids, p_to_ids) AS r (first_id, last_id),
         LATERAL (SELECT c.ctid AS place, c.id FROM public.outbox AS c WHERE c.id BETWEEN r.first_id AND r.last_id ORDER BY c.id LIMIT 5000) AS o
    ORDER BY o.id LIMIT 5000
  ), taken AS (
    DELETE FROM public.outbox AS o WHERE o.ctid = ANY (ARRAY(SELECT d.place FROM due AS d))
    RETURNING o.id, o.written_at, o.user_id, o.org_id, o.operation, o.topic, o.ids, o.xmin::text::bigint AS xid
  ), moved AS (
    INSERT INTO salesflow.change_feed AS f (written_at, user_id, org_id, operation, topic, ids, outbox_low, outbox_head, xid)
    SELECT t.written_at, t.user_id, t.org_id, t.operation, t.topic, t.ids, CASE WHEN t.is_last THEN p_low END,
           CASE WHEN t.is_last THEN greatest(p_head, t.id) END, t.xid
    FROM (SELECT k.*, k.id = max(k.id) OVER () AS is_last FROM taken AS k) AS t
    ORDER BY t.id
    RETURNING f.number
  ), runs AS (
    SELECT min(t.id) AS first_id, max(t.id) AS last_id
    FROM (SELECT k.id, k.id - row_number() OVER (ORDER BY k.id) AS run FROM taken AS k) AS t GROUP BY t.run
  )
  SELECT pg_current_snapshot()::text, (SELECT max(m.number) FROM moved AS m), r.first_id, r.last_id
  FROM (VALUES (0)) AS one LEFT JOIN runs AS r ON true
  ORDER BY r.first_id;
END $$;

-- How far outbox, feed and subscribers are; one row for each subscriber, one without name where there is none. For
-- operators, who may not read the tables. Up to 10,000 waiting rows are counted, more are told from their ids.
CREATE FUNCTION salesflow.list_changes()
RETURNS TABLE (waiting bigint, waiting_since timestamptz, feed_rows bigint, last_number bigint, subscriber text, place bigint, lag bigint,
               confirmed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN w.rows <= 10000 THEN w.rows ELSE o.last_value - f.head END, w.since, f.number - d.deleted_to, f.number,
         s.name, s.place, f.number - s.place, s.confirmed_at
  FROM (SELECT coalesce(max(l.number), 0) AS number, coalesce(max(l.outbox_head), 0) AS head
        FROM (SELECT c.number, c.outbox_head FROM salesflow.change_feed AS c ORDER BY c.number DESC LIMIT 1) AS l) AS f
  CROSS JOIN salesflow.change_feed_start AS d
  CROSS JOIN public.outbox_id_seq AS o
  CROSS JOIN LATERAL (SELECT count(*) AS rows, min(n.written_at) AS since
                      FROM (SELECT c.written_at FROM public.outbox AS c WHERE c.id > f.head ORDER BY c.id LIMIT 10001) AS n) AS w
  LEFT JOIN salesflow.change_subscribers AS s ON true
$$;

CALL salesflow.ensure_outbox('public.users', 'id', NULL);
CALL salesflow.ensure_outbox('public.organizations', NULL, 'id');
CALL salesflow.ensure_outbox('public.org_members', 'user_id', 'org_id', 'user_id');

-- Writers write through the triggers alone, and nobody but the worker reads what others changed: in the feed.
CALL salesflow.enable_rls('public.outbox');
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.look_at_outbox(bigint)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.move_changes(bigint[], bigint[], bigint, bigint)', 'salesflow_worker');
CALL salesflow.ensure_grant('SELECT, DELETE', 'TABLE salesflow.change_feed', 'salesflow_worker');
CALL salesflow.ensure_grant('SELECT, UPDATE', 'TABLE salesflow.change_feed_start', 'salesflow_worker');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE salesflow.change_subscribers', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_changes()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_changes()', 'salesflow_app');
