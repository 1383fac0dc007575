-- why: an adopted database already holds some of our tables, columns and policies. These helpers make
--      what is missing, leave what is there, and record each thing they made together with the statement
--      that takes it away again; so `down` removes what SalesFlow made and nothing else.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/migrations
-- undo: 0001_base_helpers.down.sql
--
-- The runner sets salesflow.version to the file's number before each file; the record carries it.
-- Names given to helpers are schema-qualified and written as SQL (quoted where they must be).

CREATE TABLE salesflow.created_objects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version integer NOT NULL,
  kind text NOT NULL,
  object text NOT NULL,
  undo text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE salesflow.created_objects IS
  'What migrations made in this database, with the statement that removes it; read backwards by undo.';

-- What ensure_table would have made of each column of a found table; 0099 compares it with what is there.
CREATE TABLE salesflow.wanted_columns (
  table_name text NOT NULL,
  column_name text NOT NULL,
  definition text NOT NULL,
  PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE salesflow.wanted_columns IS
  'Columns of found tables as SalesFlow would have made them: type, NOT NULL, default.';

CREATE PROCEDURE salesflow.record(p_kind text, p_object text, p_undo text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO salesflow.created_objects (version, kind, object, undo)
  VALUES (current_setting('salesflow.version')::integer, p_kind, p_object, p_undo);
END $$;

-- True when SalesFlow made this object, false when it was found.
CREATE FUNCTION salesflow.made(p_kind text, p_object text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM salesflow.created_objects WHERE kind = p_kind AND object = p_object)
$$;

-- True when table and column stood before SalesFlow came.
CREATE FUNCTION salesflow.was_found(p_table text, p_column text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT salesflow.made('table', p_table) AND NOT salesflow.made('column', format('%s.%I', p_table, p_column))
$$;

-- What SalesFlow wrote into found columns of found rows. `down` sets each cell that still holds `value` back to
-- `before`, when all else is taken back. Whoever fills found columns writes here in the same statement.
CREATE TABLE salesflow.filled_values (
  version integer NOT NULL,   -- the migration whose columns or backfill it belongs to
  relation text NOT NULL,     -- 'public.contacts'
  attribute text NOT NULL,    -- 'org_id'
  row_id uuid NOT NULL,
  before text,
  value text NOT NULL,
  PRIMARY KEY (relation, attribute, row_id)
);

-- Rows that adopting inserted into found tables: organisations, memberships. row_key names the columns of a key.
CREATE TABLE salesflow.inserted_rows (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relation text NOT NULL,     -- 'public.organizations'
  row_key jsonb NOT NULL,
  named_before boolean NOT NULL DEFAULT false  -- found rows named it already, when it did not exist
);

-- Deletes what inserted_rows names, newest first, and leaves what has come into use: an organisation that some row has
-- come to name, a row that a key refers to. To be called when filled values are set back. A found key that deletes or
-- empties its rows along would not refuse; so every found column that names organisations is looked at.
CREATE PROCEDURE salesflow.take_back_rows()
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  forced text[] := ARRAY(SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relforcerowsecurity AND c.relnamespace = 'public'::regnamespace
                         AND c.relkind IN ('r', 'p') AND EXISTS (SELECT FROM salesflow.inserted_rows));
  item text;
  row_of_ours record;
  reference record;
  used boolean;
  kept integer := 0;
BEGIN
  -- An owner behind FORCE ROW LEVEL SECURITY would see none of them.
  FOREACH item IN ARRAY forced LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', item);
  END LOOP;
  FOR row_of_ours IN SELECT r.id, to_regclass(r.relation) AS relation, r.row_key, r.named_before FROM salesflow.inserted_rows AS r
                     WHERE to_regclass(r.relation) IS NOT NULL ORDER BY r.id DESC LOOP
    used := false;
    IF row_of_ours.relation = to_regclass('public.organizations') THEN
      FOR reference IN
        SELECT c.oid::regclass AS relation, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND c.oid <> row_of_ours.relation
          AND (NOT row_of_ours.named_before AND c.relnamespace = 'public'::regnamespace AND a.attname IN ('org_id', 'organization_id')
               OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid = row_of_ours.relation
                          AND k.conkey[1] = a.attnum)) LOOP
        BEGIN
          EXECUTE format('SELECT EXISTS (SELECT FROM %s AS t WHERE t.%I::text = $1)', reference.relation, reference.attname)
          INTO used USING row_of_ours.row_key ->> 'id';
        EXCEPTION WHEN insufficient_privilege THEN
          used := true;  -- nobody can tell
        END;
        EXIT WHEN used;
      END LOOP;
    END IF;
    IF used THEN
      kept := kept + 1;
      CONTINUE;
    END IF;
    BEGIN
      EXECUTE format('DELETE FROM %s AS t WHERE %s', row_of_ours.relation,
        (SELECT string_agg(format('t.%I = %L', k.key, k.value), ' AND ') FROM jsonb_each_text(row_of_ours.row_key) AS k));
    EXCEPTION WHEN foreign_key_violation THEN
      kept := kept + 1;
    END;
  END LOOP;
  IF kept > 0 THEN
    RAISE NOTICE '% rows that adopting inserted stay: other rows name them', kept;
  END IF;
  DELETE FROM salesflow.inserted_rows;
  FOREACH item IN ARRAY forced LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', item);
  END LOOP;
END $$;

-- Takes back what the given migration made, newest first. A view or table of someone else that depends
-- on it stops this with PostgreSQL's own message: nothing foreign is ever dropped along. What someone else
-- has dropped meanwhile is gone already.
CREATE PROCEDURE salesflow.undo(p_version integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT id, undo FROM salesflow.created_objects WHERE version = p_version ORDER BY id DESC LOOP
    BEGIN
      EXECUTE made.undo;
    EXCEPTION WHEN undefined_table OR undefined_column OR undefined_object OR undefined_function THEN
      IF made.undo ~ '^CALL ' THEN
        RAISE;
      END IF;
      RAISE NOTICE 'gone already: %', SQLERRM;
    END;
    DELETE FROM salesflow.created_objects WHERE id = made.id;
  END LOOP;
END $$;

-- True when this session may act as salesflow_owner; then new objects are handed to that role.
CREATE FUNCTION salesflow.acts_as_owner() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'salesflow_owner'), false)
$$;

-- Closes schema salesflow: everything in it belongs to salesflow_owner (but what is recorded as "keeps owner") and
-- PUBLIC may execute nothing.
-- Each file that adds a function or a table there ends with it.
CREATE PROCEDURE salesflow.seal()
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hand_over boolean := salesflow.acts_as_owner();
  item record;
BEGIN
  IF hand_over THEN
    ALTER SCHEMA salesflow OWNER TO salesflow_owner;
    FOR item IN SELECT oid::regclass AS name FROM pg_class
                WHERE relnamespace = 'salesflow'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')
                  AND relowner <> 'salesflow_owner'::regrole LOOP
      EXECUTE format('ALTER TABLE %s OWNER TO salesflow_owner', item.name);
    END LOOP;
  END IF;
  FOR item IN SELECT oid::regprocedure AS name, proowner FROM pg_proc
              WHERE pronamespace = 'salesflow'::regnamespace LOOP
    IF hand_over AND item.proowner <> 'salesflow_owner'::regrole AND NOT salesflow.made('keeps owner', item.name::text) THEN
      EXECUTE format('ALTER ROUTINE %s OWNER TO salesflow_owner', item.name);
    END IF;
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', item.name);
  END LOOP;
END $$;

-- Adds one column to a table that exists, without a rewrite or a scan: what would need one is left out.
--   NOT NULL needs a constant default (PostgreSQL keeps it as a missing value); a volatile default is
--   set for later rows only; a CHECK is NOT VALID; a generated column is left to a migration of its own.
CREATE PROCEDURE salesflow.add_column(p_table regclass, p_column text, p_definition text, p_check text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  definition text := regexp_replace(p_definition, '\s+(PRIMARY KEY|UNIQUE)\M', '', 'gi');
  parts text[];
  default_value text;
  check_name text := format('%s_%s_check', (SELECT relname FROM pg_class WHERE oid = p_table), p_column);
BEGIN
  IF definition ~* '\mGENERATED\M' THEN
    RAISE NOTICE 'left out: generated column %.% would rewrite the table', p_table, p_column;
    RETURN;
  END IF;
  parts := regexp_match(definition, '^(.*?)\s+DEFAULT\s+(.*)$', 'i');
  default_value := parts[2];
  IF default_value IS NULL THEN
    definition := regexp_replace(definition, '\s+NOT NULL\M', '', 'i');
  ELSIF default_value ~* '(gen_random_uuid|clock_timestamp|random)\s*\(' THEN
    definition := regexp_replace(parts[1], '\s+NOT NULL\M', '', 'i');
  ELSE
    default_value := NULL;
  END IF;
  EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', p_table, p_column, definition);
  CALL salesflow.record('column', format('%s.%I', p_table, p_column),
                        format('ALTER TABLE %s DROP COLUMN %I', p_table, p_column));
  IF default_value IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', p_table, p_column, default_value);
  END IF;
  IF p_check IS NOT NULL AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = p_table AND conname = check_name) THEN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s) NOT VALID', p_table, check_name, p_check);
  END IF;
END $$;

-- A platform's default privileges are taken off a new relation, and salesflow_owner gets it.
CREATE PROCEDURE salesflow.close_relation(p_relation text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  grantee text;
BEGIN
  FOR grantee IN SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END
                 FROM pg_class, aclexplode(relacl) AS acl
                 WHERE oid = p_relation::regclass AND acl.grantee <> relowner LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', p_relation, grantee);
  END LOOP;
  IF salesflow.acts_as_owner() THEN
    EXECUTE format('ALTER TABLE %s OWNER TO salesflow_owner', p_relation);
  END IF;
END $$;

-- Makes a table, or adds the columns that an existing one lacks. Existing columns keep type, default,
-- checks and content.
--   p_columns: one column a line, "name type [NOT NULL] [DEFAULT …] [CHECK (…)]", CHECK last.
-- A new table belongs to salesflow_owner and is granted to no one (a platform's default privileges
-- are taken off again).
CREATE PROCEDURE salesflow.ensure_table(p_table text, p_columns text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  line text;
  parts text[];
  names text[] := '{}';
  definitions text[] := '{}';
  checks text[] := '{}';
  body text := '';
  table_name text := split_part(p_table, '.', 2);
  relation regclass := to_regclass(p_table);
BEGIN
  FOREACH line IN ARRAY regexp_split_to_array(p_columns, '\s*\n\s*') LOOP
    CONTINUE WHEN line = '';
    parts := regexp_match(line, '^(\S+)\s+(.*?)(?:\s+CHECK\s+\((.*)\))?$');
    names := names || parts[1];
    definitions := definitions || parts[2];
    checks := checks || coalesce(parts[3], '');
  END LOOP;
  IF relation IS NULL THEN
    FOR i IN 1 .. cardinality(names) LOOP
      body := body || CASE WHEN i > 1 THEN ', ' ELSE '' END || format('%I %s', names[i], definitions[i]);
      IF checks[i] <> '' THEN
        body := body || format(', CONSTRAINT %I CHECK (%s)', format('%s_%s_check', table_name, names[i]), checks[i]);
      END IF;
    END LOOP;
    EXECUTE format('CREATE TABLE %s (%s)', p_table, body);
    -- A publication of all tables takes it in, and refuses changes of rows that nothing identifies.
    IF body !~ '\mPRIMARY KEY\M' THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', p_table);
    END IF;
    CALL salesflow.record('table', p_table, format('DROP TABLE %s', p_table));
    CALL salesflow.close_relation(p_table);
    RETURN;
  END IF;
  FOR i IN 1 .. cardinality(names) LOOP
    IF NOT salesflow.made('table', p_table) THEN
      INSERT INTO salesflow.wanted_columns (table_name, column_name, definition) VALUES (p_table, names[i], definitions[i])
      ON CONFLICT ON CONSTRAINT wanted_columns_pkey DO UPDATE SET definition = excluded.definition;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = relation AND attname = names[i] AND NOT attisdropped) THEN
      CALL salesflow.add_column(relation, names[i], definitions[i], nullif(checks[i], ''));
    END IF;
  END LOOP;
END $$;

-- Makes a table that is SalesFlow's alone, or adds columns to it. One of that name that was found is somebody else's: its
-- writers would meet triggers and policies that mean nothing to them.
CREATE PROCEDURE salesflow.ensure_own_table(p_table text, p_columns text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF to_regclass(p_table) IS NOT NULL AND NOT salesflow.made('table', p_table) THEN
    RAISE EXCEPTION '% exists and is not SalesFlow''s, which needs the name', p_table
      USING ERRCODE = 'duplicate_table', HINT = format('Give it another name first: ALTER TABLE %s RENAME TO …', p_table);
  END IF;
  CALL salesflow.ensure_table(p_table, p_columns);
END $$;

-- Adds a constraint to a table that SalesFlow made; a found table keeps its own. Once, also when its file begins again.
CREATE PROCEDURE salesflow.ensure_constraint(p_table text, p_name text, p_definition text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF salesflow.made('table', p_table) AND NOT salesflow.made('constraint', p_table || '.' || p_name) THEN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', p_table, p_name, p_definition);
    IF p_definition ~ '^PRIMARY KEY\M' THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', p_table);
    END IF;
    CALL salesflow.record('constraint', p_table || '.' || p_name,
                          format('ALTER TABLE %s DROP CONSTRAINT %I', p_table, p_name));
  END IF;
END $$;

-- Adds an index to a table that SalesFlow made in this very migration (so it is empty). Indexes of a
-- table that may be found filled are built CONCURRENTLY by files of their own. Once, as above.
CREATE PROCEDURE salesflow.ensure_index(p_table text, p_name text, p_definition text, p_unique boolean DEFAULT false)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF salesflow.made('table', p_table) AND NOT salesflow.made('index', split_part(p_table, '.', 1) || '.' || p_name) THEN
    EXECUTE format('CREATE %s INDEX %I ON %s %s', CASE WHEN p_unique THEN 'UNIQUE' ELSE '' END, p_name, p_table, p_definition);
    CALL salesflow.record('index', split_part(p_table, '.', 1) || '.' || p_name,
                          format('DROP INDEX %I.%I', split_part(p_table, '.', 1), p_name));
  END IF;
END $$;

-- By what logical replication tells the rows of a table apart when they change or go: the columns of p_index. It filters
-- only by columns that belong to this, so the tenant does, and an organisation can be moved to another PostgreSQL
-- (docs/decisions/0046). All columns where no index is given, or where found columns of it may hold NULL, which nothing
-- pays for unless wal_level is logical. What somebody has chosen stays, and so does a table of which a publication sends
-- some columns: it would refuse changes of rows when it does not send all of these.
CREATE PROCEDURE salesflow.ensure_identity(p_table text, p_index text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_index regclass := to_regclass('public.' || p_index);
  v_whole boolean := NOT EXISTS (
    SELECT FROM pg_index AS i WHERE i.indexrelid = v_index AND i.indisunique AND i.indimmediate AND i.indisvalid
      AND i.indexprs IS NULL AND i.indpred IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND NOT a.attnotnull
                      AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])));
  v_sent text := (SELECT string_agg(p.pubname, ', ') FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid
                  WHERE r.prrelid = p_table::regclass AND r.prattrs IS NOT NULL);
  v_part record;
BEGIN
  IF (SELECT relreplident <> 'd' FROM pg_class WHERE oid = p_table::regclass) THEN
    RETURN;
  ELSIF v_sent IS NOT NULL THEN
    RAISE NOTICE 'the replica identity of % stays as it is: publication % sends some of its columns', p_table, v_sent;
    RETURN;
  END IF;
  -- Each partition has its own, and its own part of the index.
  FOR v_part IN SELECT p_table AS name, v_index::oid AS index
                UNION ALL SELECT t.relid::regclass::text, i.indexrelid FROM pg_partition_tree(p_table::regclass) AS t
                LEFT JOIN pg_index AS i ON i.indrelid = t.relid AND i.indexrelid IN (SELECT relid FROM pg_partition_tree(v_index))
                WHERE t.level > 0 LOOP
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', v_part.name,
      CASE WHEN v_whole THEN 'FULL' ELSE format('USING INDEX %I', (SELECT relname FROM pg_class WHERE oid = v_part.index)) END);
  END LOOP;
  CALL salesflow.record('replica identity', p_table, format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', p_table));
END $$;

-- Adds a foreign key; NOT VALID where either table was found, so that no scan runs under its lock and
-- rows that break it stay readable. An equal one that exists already is left.
CREATE PROCEDURE salesflow.ensure_foreign_key(p_table text, p_name text, p_columns text, p_target text, p_action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = p_table::regclass AND conname = p_name) THEN
    RETURN;
  END IF;
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%s) REFERENCES %s %s %s', p_table, p_name, p_columns, p_target, p_action,
                 CASE WHEN salesflow.made('table', p_table) THEN '' ELSE 'NOT VALID' END);
  CALL salesflow.record('constraint', p_table || '.' || p_name,
                        format('ALTER TABLE %s DROP CONSTRAINT %I', p_table, p_name));
END $$;

-- What the row of a deleted target leaves behind, and what follows it to another tenant, where no foreign key says so.
-- TG_ARGV: referencing table, its tenant column, its reference, 'delete' or 'forget', 'follow' or 'stay'.
CREATE FUNCTION salesflow.keep_reference() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_before uuid := (to_jsonb(OLD) ->> TG_ARGV[1])::uuid;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- A row of a third tenant stays that tenant's, whatever it refers to.
    EXECUTE format('UPDATE %s SET %2$I = $1 WHERE %3$I = $2 AND (%2$I = $3 OR %2$I IS NULL)', TG_ARGV[0], TG_ARGV[1], TG_ARGV[2])
    USING (to_jsonb(NEW) ->> TG_ARGV[1])::uuid, NEW.id, v_before;
  ELSIF v_before IS NULL THEN
    RETURN NULL;
  ELSIF TG_ARGV[3] = 'delete' THEN
    EXECUTE format('DELETE FROM %s WHERE %I = $1 AND %I = $2', TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]) USING v_before, OLD.id;
  ELSE
    EXECUTE format('UPDATE %s SET %3$I = NULL WHERE %2$I = $1 AND %3$I = $2', TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]) USING v_before, OLD.id;
  END IF;
  RETURN NULL;
END $$;

-- A reference between tenant tables: (p_tenant, p_column) -> p_target (p_tenant, id). Between tables of ours a foreign
-- key that carries the tenant. Where either was found, its writers know no tenants, and such a key would refuse what
-- they have always written: a deal whose contact has another organisation or none, a lead handed over to another user.
-- There triggers do what the key would at a delete, within the tenant; and a tenant column that SalesFlow added
-- follows its target to another tenant. The service's own statements look whether the target is the tenant's.
--   p_action: 'delete' (the row goes with its target) or 'forget' (it stays, without the reference)
CREATE PROCEDURE salesflow.ensure_reference(p_table text, p_name text, p_tenant text, p_column text, p_target text, p_action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_name text := format('salesflow_ref_%s_%s', split_part(p_table, '.', 2), p_column);
  v_follows boolean := salesflow.made('column', p_table || '.' || p_tenant);
BEGIN
  IF salesflow.made('table', p_table) AND salesflow.made('table', p_target) THEN
    CALL salesflow.ensure_foreign_key(p_table, p_name, format('%I, %I', p_tenant, p_column), format('%s (%I, id)', p_target, p_tenant),
      CASE p_action WHEN 'delete' THEN 'ON DELETE CASCADE' ELSE format('ON DELETE SET NULL (%I)', p_column) END ||
      CASE WHEN p_tenant = 'user_id' AND p_column IN ('lead_id', 'conversation_id') THEN ' ON UPDATE CASCADE' ELSE '' END);
    RETURN;
  END IF;
  CALL salesflow.ensure_trigger(p_target, v_name, 'AFTER DELETE', format(
    'FOR EACH ROW EXECUTE FUNCTION salesflow.keep_reference(%L, %L, %L, %L)', p_table, p_tenant, p_column, p_action));
  IF v_follows AND p_action = 'delete' THEN
    CALL salesflow.ensure_trigger(p_target, v_name || '_follows', format('AFTER UPDATE OF %I', p_tenant), format(
      'FOR EACH ROW WHEN (OLD.%1$I IS DISTINCT FROM NEW.%1$I) EXECUTE FUNCTION salesflow.keep_reference(%2$L, %1$L, %3$L, %4$L)',
      p_tenant, p_table, p_column, p_action));
  END IF;
END $$;

-- Adds a trigger: CREATE TRIGGER p_name p_when ON p_table p_action. The name starts with salesflow_.
CREATE PROCEDURE salesflow.ensure_trigger(p_table text, p_name text, p_when text, p_action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF salesflow.made('trigger', p_table || '.' || p_name) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TRIGGER %I %s ON %s %s', p_name, p_when, p_table, p_action);
  CALL salesflow.record('trigger', p_table || '.' || p_name, format('DROP TRIGGER %I ON %s', p_name, p_table));
END $$;

-- Adds a policy: CREATE POLICY p_name ON p_table p_definition. The name starts with salesflow_.
CREATE PROCEDURE salesflow.ensure_policy(p_table text, p_name text, p_definition text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF salesflow.made('policy', p_table || '.' || p_name) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE POLICY %I ON %s %s', p_name, p_table, p_definition);
  CALL salesflow.record('policy', p_table || '.' || p_name, format('DROP POLICY %I ON %s', p_name, p_table));
END $$;

-- Switches row level security on. A found table that had none keeps answering its other roles as before,
-- by a policy that says so; salesflow_app stays behind its RESTRICTIVE one. A found table of another
-- owner stays open to salesflow_owner, whose functions and backfills work on it.
CREATE PROCEDURE salesflow.enable_rls(p_table text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  relation pg_class := (SELECT c FROM pg_class c WHERE oid = p_table::regclass);
BEGIN
  IF NOT relation.relrowsecurity THEN
    IF NOT salesflow.made('table', p_table) THEN
      CALL salesflow.ensure_policy(p_table, 'salesflow_as_before', 'TO PUBLIC USING (true) WITH CHECK (true)');
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    CALL salesflow.record('rls', p_table, format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', p_table));
  END IF;
  IF relation.relowner <> 'salesflow_owner'::regrole THEN
    CALL salesflow.ensure_policy(p_table, 'salesflow_owner_all', 'TO salesflow_owner USING (true) WITH CHECK (true)');
    CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE ' || p_table, 'salesflow_owner');
  END IF;
END $$;

-- Puts a table behind the wall: RLS on, one permissive policy that lets salesflow_app see its tenant and
-- one RESTRICTIVE policy that no other permissive policy can widen.
--   p_tenant: the condition over the row and one setting
CREATE PROCEDURE salesflow.ensure_tenant_policy(p_table text, p_tenant text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.enable_rls(p_table);
  CALL salesflow.ensure_policy(p_table, 'salesflow_app_tenant', format('TO salesflow_app USING (%s) WITH CHECK (%1$s)', p_tenant));
  CALL salesflow.ensure_policy(p_table, 'salesflow_app_wall',
                               format('AS RESTRICTIVE TO salesflow_app USING (%s) WITH CHECK (%1$s)', p_tenant));
END $$;

CREATE PROCEDURE salesflow.ensure_user_policy(p_table text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  CALL salesflow.ensure_tenant_policy(p_table, 'user_id = (SELECT nullif(current_setting(''app.user_id'', true), '''')::uuid)')
$$;

CREATE PROCEDURE salesflow.ensure_org_policy(p_table text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  CALL salesflow.ensure_tenant_policy(p_table, 'org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid)')
$$;

-- GRANT p_privileges ON p_object TO p_role; p_object with its kind, as in 'TABLE public.leads'.
CREATE PROCEDURE salesflow.ensure_grant(p_privileges text, p_object text, p_role text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('GRANT %s ON %s TO %I', p_privileges, p_object, p_role);
  CALL salesflow.record('grant', format('%s on %s to %s', p_privileges, p_object, p_role),
                        format('REVOKE %s ON %s FROM %I', p_privileges, p_object, p_role));
END $$;

-- Sets storage parameters, remembering what stood there. p_options: '{fillfactor=85,…}'.
CREATE PROCEDURE salesflow.ensure_storage(p_table text, p_options text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  option text;
  before text;
BEGIN
  FOREACH option IN ARRAY p_options LOOP
    SELECT o INTO before FROM pg_class, unnest(reloptions) AS o
    WHERE oid = p_table::regclass AND split_part(o, '=', 1) = split_part(option, '=', 1);
    EXECUTE format('ALTER TABLE %s SET (%s)', p_table, option);
    CALL salesflow.record('storage', p_table || '.' || split_part(option, '=', 1),
      CASE WHEN before IS NULL THEN format('ALTER TABLE %s RESET (%s)', p_table, split_part(option, '=', 1))
           ELSE format('ALTER TABLE %s SET (%s)', p_table, before) END);
  END LOOP;
END $$;

-- Every change counts up row_version, the ETag of the row; touch_row keeps updated_at as well.
-- The caller's value is ignored: nobody can set a version back.
CREATE FUNCTION salesflow.bump_row_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.row_version := OLD.row_version + 1;
  RETURN NEW;
END $$;

CREATE FUNCTION salesflow.touch_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.row_version := OLD.row_version + 1;
  NEW.updated_at := now();
  RETURN NEW;
END $$;

-- Gives a mutable table its row_version trigger; p_updated_at: the table has that column, as timestamptz.
CREATE PROCEDURE salesflow.ensure_row_version(p_table text, p_updated_at boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.ensure_trigger(p_table, 'salesflow_row_version', 'BEFORE UPDATE',
    format('FOR EACH ROW EXECUTE FUNCTION salesflow.%I()', CASE WHEN p_updated_at THEN 'touch_row' ELSE 'bump_row_version' END));
END $$;
