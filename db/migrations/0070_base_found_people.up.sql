-- why: people of the service that was there before log in with the password they have. Their bcrypt hashes stand in
--      public.users or in auth.users and stay untouched while that service runs: our argon2id hash has a table of its
--      own, with a fingerprint of the hashes it was found beside. In a database of our own users.password_hash holds
--      our hash, and nothing of this runs.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: accounts
-- undo: 0070_base_found_people.down.sql
--
-- Two lives: while salesflow.adoption.shared is true, two services know the same people (docs/decisions/0025).
--   found_hash  public.users.password_hash       auth_hash  auth.users.encrypted_password of the same id
--   A password set here is written to them as bcrypt too. One that was changed there makes our hash void.
-- finish_adoption() of 0071 ends the shared life.
--
-- For the migrating user:
--   connect_auth()     looks at auth.users and profiles again and makes the two functions that reach them; call it
--                      after an administrator has granted what adoption.auth_note asks for.

CREATE TABLE salesflow.adoption (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  shared boolean NOT NULL,
  users_found boolean NOT NULL,
  auth_readable boolean NOT NULL DEFAULT false,
  auth_writable boolean NOT NULL DEFAULT false,
  auth_note text,
  bcrypt_cost integer,
  finished_at timestamptz
);
COMMENT ON TABLE salesflow.adoption IS
  'One row: whether another service shares the people of this database, and what of it can be reached.';

CREATE TABLE salesflow.passwords (
  user_id uuid PRIMARY KEY REFERENCES public.users (id) ON DELETE CASCADE,
  password_hash text NOT NULL,
  found_fingerprint bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE salesflow.passwords IS
  'Our argon2id hashes while another service shares the people; void when the found hashes changed since.';

CREATE FUNCTION salesflow.fingerprint_found(p_found_hash text, p_auth_hash text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT sha256(convert_to(coalesce(p_found_hash, '') || E'\n' || coalesce(p_auth_hash, ''), 'UTF8'))
$$;

-- The oid of a table; unlike to_regclass also for a schema that the caller may not enter.
CREATE FUNCTION salesflow.find_table(p_schema text, p_table text) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = p_schema AND c.relname = p_table AND c.relkind IN ('r', 'p')
$$;

-- What the functions that reach auth.users are made of, by the columns it has.
CREATE FUNCTION salesflow.auth_reader_body(p_reader text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  has text[] := (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute AS a
                 WHERE a.attrelid = salesflow.find_table('auth', 'users') AND a.attnum > 0 AND NOT a.attisdropped);
  named text[] := (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute AS a
                   WHERE a.attrelid = salesflow.find_table('public', 'profiles') AND a.attnum > 0 AND NOT a.attisdropped
                     AND salesflow.reaches(p_reader, a.attrelid, 'SELECT'));
  meta text := CASE WHEN 'raw_user_meta_data' = ANY (has) THEN 'u.raw_user_meta_data::jsonb' ELSE 'NULL::jsonb' END;
  confirmed text := concat_ws(', ', CASE WHEN 'email_confirmed_at' = ANY (has) THEN 'u.email_confirmed_at' END,
                              CASE WHEN 'confirmed_at' = ANY (has) THEN 'u.confirmed_at' END);
  parts text := '';
BEGIN
  IF p_reader IS NULL THEN
    RETURN 'SELECT NULL::uuid, NULL::text, NULL::text, false, false, NULL::text, NULL::text, NULL::text, NULL::text WHERE false';
  END IF;
  SELECT string_agg(format('nullif(btrim(coalesce(%s)), '''')', concat_ws(', ',
           CASE WHEN 'id' = ANY (named) AND name = ANY (named) THEN format('nullif(btrim(p.%I::text), '''')', name) END,
           format('%s ->> %L', meta, name), CASE name WHEN 'full_name' THEN meta || ' ->> ''name''' END)), ', ' ORDER BY place)
  INTO parts FROM unnest(ARRAY['first_name', 'last_name', 'full_name', 'company']) WITH ORDINALITY AS n (name, place);
  RETURN format('SELECT u.id::uuid, u.email::text, %s, %s, %s, %s FROM auth.users AS u %s WHERE u.id = p_user_id OR (p_user_id IS NULL AND %s) ORDER BY (u.email = p_email) DESC%s, u.id LIMIT 1',
    CASE WHEN 'encrypted_password' = ANY (has) THEN 'nullif(u.encrypted_password::text, '''')' ELSE 'NULL::text' END,
    CASE WHEN confirmed <> '' THEN format('coalesce(%s) IS NOT NULL', confirmed) ELSE 'true' END,
    concat_ws(' OR ', 'false', CASE WHEN 'deleted_at' = ANY (has) THEN 'u.deleted_at IS NOT NULL' END,
              CASE WHEN 'banned_until' = ANY (has) THEN 'coalesce(u.banned_until > now(), false)' END),
    parts,
    CASE WHEN 'id' = ANY (named) THEN 'LEFT JOIN public.profiles AS p ON p.id = u.id' ELSE '' END,
    -- With is_sso_user the platform's own unique index on email serves.
    CASE WHEN 'is_sso_user' = ANY (has) THEN 'NOT u.is_sso_user AND u.email = p_email' ELSE 'lower(u.email) = p_email' END,
    CASE WHEN 'created_at' = ANY (has) THEN ', u.created_at' ELSE '' END);
END $$;

-- True when the role may do this with the table and row level security does not hide its rows.
CREATE FUNCTION salesflow.reaches(p_role text, p_table oid, p_privilege text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT has_schema_privilege(r.rolname, c.relnamespace, 'USAGE')
     AND CASE p_privilege WHEN 'UPDATE' THEN has_column_privilege(r.rolname, c.oid, 'encrypted_password', 'UPDATE')
              ELSE has_table_privilege(r.rolname, c.oid, p_privilege) END
     AND (NOT c.relrowsecurity OR r.rolsuper OR r.rolbypassrls OR pg_has_role(r.rolname, c.relowner, 'USAGE')
          OR EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'salesflow_owner_all'
                     AND r.rolname = 'salesflow_owner'))
  FROM pg_roles AS r, pg_class AS c WHERE r.rolname = p_role AND c.oid = p_table
$$;

-- Lets salesflow_owner at a found table, where the migrating user may grant that; what fails leaves nothing behind.
CREATE PROCEDURE salesflow.open_to_owner(p_table oid, p_privileges text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS $$
DECLARE
  relation pg_class := (SELECT c FROM pg_class AS c WHERE c.oid = p_table);
BEGIN
  -- A trial of `plan` (its found tables are in sf_trial_found) locks out nobody, and a policy would.
  IF to_regnamespace('sf_trial_found') IS NOT NULL
     OR (salesflow.reaches('salesflow_owner', p_table, 'SELECT') AND p_privileges = 'SELECT') THEN
    RETURN;
  END IF;
  CALL salesflow.ensure_grant('USAGE', format('SCHEMA %I', relation.relnamespace::regnamespace::text), 'salesflow_owner');
  CALL salesflow.ensure_grant(p_privileges, 'TABLE ' || p_table::regclass::text, 'salesflow_owner');
  IF relation.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = p_table AND p.polname = 'salesflow_owner_all') THEN
    CALL salesflow.ensure_policy(p_table::regclass::text, 'salesflow_owner_all', 'TO salesflow_owner USING (true) WITH CHECK (true)');
  END IF;
  IF NOT salesflow.reaches('salesflow_owner', p_table, 'SELECT') THEN
    RAISE insufficient_privilege;
  END IF;
EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state THEN
  NULL;
END $$;

-- Makes read_auth_user and write_auth_password, owned by salesflow_owner where it reaches auth.users, else by the
-- migrating user where that does, else as functions that find nothing; and notes which in salesflow.adoption.
CREATE PROCEDURE salesflow.connect_auth()
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_table oid := (SELECT min(a.attrelid) FROM pg_attribute AS a
                  WHERE a.attrelid = salesflow.find_table('auth', 'users') AND a.attname IN ('id', 'email') AND NOT a.attisdropped
                  HAVING count(*) = 2);
  v_profiles oid := salesflow.find_table('public', 'profiles');
  v_reader text;
  v_writer text;
  v_cost integer;
  v_function text;
  v_note text;
  v_has_hash boolean := EXISTS (SELECT FROM pg_attribute WHERE attrelid = v_table AND attname = 'encrypted_password' AND NOT attisdropped);
BEGIN
  PERFORM set_config('salesflow.version', '70', true);
  IF v_table IS NOT NULL THEN
    CALL salesflow.open_to_owner(v_table, 'SELECT');
    IF v_has_hash THEN
      CALL salesflow.open_to_owner(v_table, 'SELECT, UPDATE (encrypted_password)');
    END IF;
    IF v_profiles IS NOT NULL THEN
      CALL salesflow.open_to_owner(v_profiles, 'SELECT');
    END IF;
    v_reader := CASE WHEN salesflow.reaches('salesflow_owner', v_table, 'SELECT') THEN 'salesflow_owner'
                     WHEN salesflow.reaches(current_user, v_table, 'SELECT') THEN current_user END;
    v_writer := CASE WHEN NOT v_has_hash THEN NULL
                     WHEN salesflow.reaches('salesflow_owner', v_table, 'UPDATE') THEN 'salesflow_owner'
                     WHEN salesflow.reaches(current_user, v_table, 'UPDATE') THEN current_user END;
  END IF;
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION salesflow.read_auth_user(p_user_id uuid, p_email text)
    RETURNS TABLE (id uuid, email text, password_hash text, is_confirmed boolean, is_blocked boolean,
                   first_name text, last_name text, full_name text, company text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L $f$,
    salesflow.auth_reader_body(v_reader));
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION salesflow.list_auth_users() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L $f$,
    CASE WHEN v_reader IS NULL THEN 'SELECT NULL::uuid WHERE false' ELSE 'SELECT u.id::uuid FROM auth.users AS u WHERE u.email IS NOT NULL' END);
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION salesflow.write_auth_password(p_user_id uuid, p_bcrypt text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L $f$,
    CASE WHEN v_writer IS NULL THEN 'BEGIN RETURN false; END'
         ELSE 'BEGIN UPDATE auth.users SET encrypted_password = p_bcrypt WHERE id = p_user_id; RETURN FOUND; END' END);
  DELETE FROM salesflow.created_objects WHERE kind = 'keeps owner';
  FOREACH v_function IN ARRAY CASE WHEN current_user = 'salesflow_owner' THEN '{}'::text[]
      ELSE CASE WHEN v_reader = current_user THEN '{"read_auth_user(uuid,text)",list_auth_users()}'::text[] ELSE '{}' END
           || CASE WHEN v_writer = current_user THEN '{"write_auth_password(uuid,text)"}'::text[] ELSE '{}' END END LOOP
    EXECUTE format('ALTER FUNCTION salesflow.%s OWNER TO %I', v_function, current_user);
    CALL salesflow.record('keeps owner', 'salesflow.' || v_function, 'SELECT');
  END LOOP;
  CALL salesflow.seal();
  -- After the owners are settled: a change of owner takes the old one's rights along.
  GRANT EXECUTE ON FUNCTION salesflow.read_auth_user(uuid, text), salesflow.list_auth_users(), salesflow.write_auth_password(uuid, text) TO salesflow_owner;

  v_cost := (SELECT mode() WITHIN GROUP (ORDER BY substring(u.password_hash FROM 5 FOR 2)) FROM public.users AS u
             WHERE u.password_hash ~ '^\$2[aby]\$[0-9][0-9]\$');
  IF v_reader IS NOT NULL AND v_has_hash AND salesflow.reaches(current_user, v_table, 'SELECT') THEN
    EXECUTE $q$ SELECT mode() WITHIN GROUP (ORDER BY substring(h FROM 5 FOR 2)) FROM (
      SELECT password_hash::text FROM public.users UNION ALL SELECT encrypted_password::text FROM auth.users) AS f (h)
      WHERE h ~ '^\$2[aby]\$[0-9][0-9]\$' $q$ INTO v_cost;
  END IF;
  INSERT INTO salesflow.adoption (shared, users_found) VALUES (false, NOT salesflow.made('table', 'public.users')) ON CONFLICT DO NOTHING;
  UPDATE salesflow.adoption SET
    auth_readable = v_reader IS NOT NULL, auth_writable = v_writer IS NOT NULL, bcrypt_cost = v_cost,
    shared = finished_at IS NULL AND (users_found OR v_reader IS NOT NULL),
    auth_note = CASE
      WHEN v_table IS NULL THEN NULL
      WHEN v_reader IS NULL THEN format(
        'auth.users cannot be read: people known to it alone cannot log in with their password. '
        'Let its owner run: GRANT USAGE ON SCHEMA auth TO %1$I; GRANT SELECT, UPDATE (encrypted_password) ON auth.users TO %1$I; '
        'then CALL salesflow.connect_auth();', current_user)
      WHEN v_writer IS NULL AND v_has_hash THEN format(
        'auth.users can be read but not written: its people log in, and change their password where it was made. '
        'To change it here, let its owner run: GRANT UPDATE (encrypted_password) ON auth.users TO %I; then CALL salesflow.connect_auth();', current_user)
      END;
  FOR v_note IN SELECT auth_note FROM salesflow.adoption WHERE auth_note IS NOT NULL LOOP
    RAISE NOTICE '%', v_note;
  END LOOP;
END $$;

CALL salesflow.connect_auth();
CALL salesflow.seal();
