-- why: who an address belongs to, which password counts, and where a new one is written: with and without another
--      service that shares the people (0070_base_found_people). Role salesflow_auth calls these functions only.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: accounts
-- undo: 0071_base_passwords.down.sql
--
--   find_login(email text), describe_login(user_id uuid)
--     -> the user, its oldest membership (org_id, org_role), and what its password is checked against:
--        password_hash text      counts when it is not NULL
--        found_hash, auth_hash   else each of these does; only in the shared life
--        fingerprint bytea       of both, for store_password_hash
--        bcrypt_cost int         of the hashes that were found, usually; 0 without any
--        is_shared, has_profile, needs_confirmation bool
--        is_active               false also for who is banned or deleted in auth.users
--        No row for an unknown address.
--   signup_user(user_id uuid, org_id uuid, email text, password_hash text, bcrypt text, first_name text, last_name text,
--               company text, org_name text)
--     -> (outcome text: created | duplicate)
--        Makes user, organisation and the membership `owner`. With duplicate nothing was written.
--   ensure_profile(user_id uuid, email text, first_name text, last_name text, full_name text)
--     -> (outcome text: exists | created | blocked | no_address | address_taken)
--        Makes the row in users of someone known to auth.users; what is given counts where that says nothing.
--   read_sharing() -> (is_shared bool, bcrypt_cost int)
--   store_password_hash(user_id uuid, password_hash text, fingerprint bytea) -> void
--   change_password(user_id uuid, password_hash text, bcrypt text, except_session uuid)
--     -> (outcome text: changed | kept_elsewhere | gone)                    revokes the user's other sessions
--   create_password_reset(email text, token_hash bytea, ttl interval)
--     -> (user_id uuid, email text, first_name text)                        no row: unknown or inactive. Replaces earlier ones
--   use_password_reset(token_hash bytea, password_hash text, bcrypt text)
--     -> (outcome text: changed | unknown | used | expired | kept_elsewhere, user_id uuid)   revokes the user's sessions
--   find_identity(user_id uuid, org_id uuid) -> (is_active bool, is_member bool, org_id uuid, role text)
-- For the migrating user:
--   finish_adoption() -> (already_finished bool, passwords int, profiles int)

CREATE FUNCTION salesflow.ensure_profile(p_user_id uuid, p_email text, p_first_name text, p_last_name text, p_full_name text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_auth record;
  v_email text;
  v_full text;
BEGIN
  IF EXISTS (SELECT FROM public.users AS u WHERE u.id = p_user_id) THEN
    RETURN QUERY SELECT 'exists';
    RETURN;
  END IF;
  SELECT a.* INTO v_auth FROM salesflow.read_auth_user(p_user_id, NULL) AS a;
  IF v_auth.is_blocked THEN
    RETURN QUERY SELECT 'blocked';
    RETURN;
  END IF;
  v_email := salesflow.fold_email(coalesce(v_auth.email, p_email));
  IF coalesce(v_email, '') = '' THEN
    RETURN QUERY SELECT 'no_address';
    RETURN;
  END IF;
  v_full := coalesce(v_auth.full_name, nullif(concat_ws(' ', v_auth.first_name, v_auth.last_name), ''), nullif(btrim(p_full_name), ''),
                     nullif(concat_ws(' ', nullif(btrim(p_first_name), ''), nullif(btrim(p_last_name), '')), ''));
  PERFORM pg_advisory_xact_lock(hashtextextended('salesflow.signup:' || v_email, 0));
  IF EXISTS (SELECT FROM public.users AS u WHERE lower(u.email) = v_email AND u.id <> p_user_id) THEN
    RETURN QUERY SELECT 'address_taken';
    RETURN;
  END IF;
  INSERT INTO public.users (id, email, password_hash, name, first_name, last_name, full_name, company)
  VALUES (p_user_id, v_email, '!', left(coalesce(v_full, split_part(v_email, '@', 1)), 100),
          left(coalesce(v_auth.first_name, nullif(btrim(p_first_name), '')), 100), left(coalesce(v_auth.last_name, nullif(btrim(p_last_name), '')), 100),
          left(v_full, 201), left(v_auth.company, 200))
  ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT CASE WHEN EXISTS (SELECT FROM public.users AS u WHERE u.id = p_user_id) THEN 'created' ELSE 'address_taken' END;
EXCEPTION WHEN integrity_constraint_violation OR string_data_right_truncation THEN
  -- A found table may refuse what auth.users holds, e.g. an address that its own check does not know.
  RETURN QUERY SELECT 'address_taken';
END $$;

-- Whose address this is. Of several that differ in case only, the one that is spelled as asked; then the one in lower
-- case, which alone the old service finds; then an active one; then the oldest. Who has a row in users comes before who is known to auth.users alone.
CREATE FUNCTION salesflow.find_user_of(p_email text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_email text := salesflow.fold_email(p_email);
  v_id uuid := (SELECT u.id FROM public.users AS u WHERE lower(u.email) = v_email
                ORDER BY (u.email = btrim(p_email, E' \t\r\n')) DESC, (u.email = v_email) DESC, coalesce(u.is_active, true) DESC, u.created_at, u.id LIMIT 1);
BEGIN
  IF v_id IS NULL AND (SELECT a.shared AND a.auth_readable FROM salesflow.adoption AS a) THEN
    v_id := (SELECT a.id FROM salesflow.read_auth_user(NULL, v_email) AS a);
  END IF;
  RETURN v_id;
END $$;

CREATE FUNCTION salesflow.is_blocked_elsewhere(p_user_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT a.shared AND a.auth_readable FROM salesflow.adoption AS a) THEN
    RETURN coalesce((SELECT a.is_blocked FROM salesflow.read_auth_user(p_user_id, NULL) AS a), false);
  END IF;
  RETURN false;
END $$;

CREATE FUNCTION salesflow.describe_login(p_user_id uuid)
RETURNS TABLE (user_id uuid, email text, name text, full_name text, first_name text, last_name text, role text, is_verified boolean,
               company text, phone text, avatar_url text, vertical_id text, is_active boolean, org_id uuid, org_role text,
               password_hash text, found_hash text, auth_hash text, fingerprint bytea, bcrypt_cost integer,
               is_shared boolean, has_profile boolean, needs_confirmation boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_life salesflow.adoption;
  v_user public.users;
  v_auth record;
BEGIN
  SELECT a.* INTO v_life FROM salesflow.adoption AS a;
  SELECT u.* INTO v_user FROM public.users AS u WHERE u.id = p_user_id;
  has_profile := FOUND;
  bcrypt_cost := coalesce(v_life.bcrypt_cost, 0);
  is_shared := v_life.shared;
  needs_confirmation := false;
  IF has_profile THEN
    SELECT v_user.id, v_user.email, coalesce(v_user.name, split_part(v_user.email, '@', 1)), v_user.full_name, v_user.first_name, v_user.last_name,
           coalesce(v_user.role, 'user'), coalesce(v_user.is_verified, false), v_user.company, v_user.phone, v_user.avatar_url,
           v_user.vertical_id, coalesce(v_user.is_active, true), v_user.password_hash
    INTO user_id, email, name, full_name, first_name, last_name, role, is_verified, company, phone, avatar_url, vertical_id, is_active,
         password_hash;
    SELECT m.org_id, m.role INTO org_id, org_role FROM public.org_members AS m WHERE m.user_id = v_user.id
    ORDER BY m.created_at, m.org_id LIMIT 1;
  END IF;
  IF is_shared THEN
    SELECT a.* INTO v_auth FROM salesflow.read_auth_user(p_user_id, NULL) AS a;
    IF NOT has_profile THEN
      IF v_auth.id IS NULL THEN
        RETURN;
      END IF;
      SELECT v_auth.id, salesflow.fold_email(v_auth.email), split_part(v_auth.email, '@', 1), 'user', false, true
      INTO user_id, email, name, role, is_verified, is_active;
    END IF;
    is_active := is_active AND NOT coalesce(v_auth.is_blocked, false);
    found_hash := password_hash;
    auth_hash := v_auth.password_hash;
    fingerprint := salesflow.fingerprint_found(found_hash, auth_hash);
    password_hash := (SELECT p.password_hash FROM salesflow.passwords AS p WHERE p.user_id = v_user.id AND p.found_fingerprint = fingerprint);
    IF NOT coalesce(v_auth.is_confirmed, true) THEN
      -- Who proved the address by a reset of ours, or has a password beside auth.users, needs no confirmation there.
      needs_confirmation := password_hash IS NULL AND coalesce(found_hash NOT LIKE '$%', true);
      auth_hash := CASE WHEN needs_confirmation THEN auth_hash END;
    END IF;
  ELSIF NOT has_profile THEN
    RETURN;
  END IF;
  RETURN NEXT;
END $$;

CREATE FUNCTION salesflow.find_login(p_email text)
RETURNS TABLE (user_id uuid, email text, name text, full_name text, first_name text, last_name text, role text, is_verified boolean,
               company text, phone text, avatar_url text, vertical_id text, is_active boolean, org_id uuid, org_role text,
               password_hash text, found_hash text, auth_hash text, fingerprint bytea, bcrypt_cost integer,
               is_shared boolean, has_profile boolean, needs_confirmation boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.* FROM salesflow.describe_login(salesflow.find_user_of(p_email)) AS d
$$;

CREATE FUNCTION salesflow.read_sharing() RETURNS TABLE (is_shared boolean, bcrypt_cost integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.shared, coalesce(a.bcrypt_cost, 0) FROM salesflow.adoption AS a
$$;

-- Our hash of a password that was given at a login. p_fingerprint is that of the found hashes it was checked beside: a
-- password that was changed there meanwhile does not come back.
CREATE FUNCTION salesflow.store_password_hash(p_user_id uuid, p_password_hash text, p_fingerprint bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_shared boolean;
BEGIN
  -- FOR SHARE: finish_adoption() waits for writers that saw the shared life, and the next ones for it.
  SELECT a.shared INTO v_shared FROM salesflow.adoption AS a FOR SHARE;
  IF v_shared THEN
    INSERT INTO salesflow.passwords AS p (user_id, password_hash, found_fingerprint) VALUES (p_user_id, p_password_hash, p_fingerprint)
    ON CONFLICT (user_id) DO UPDATE SET password_hash = p_password_hash, found_fingerprint = p_fingerprint, updated_at = now();
  ELSE
    UPDATE public.users AS u SET password_hash = p_password_hash WHERE u.id = p_user_id;
  END IF;
END $$;

-- Sets a new password wherever it is kept. False when auth.users keeps it and may not be written: nothing was changed.
CREATE FUNCTION salesflow.write_password(p_user_id uuid, p_password_hash text, p_bcrypt text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_life salesflow.adoption;
  v_found text;
  v_auth text;
BEGIN
  SELECT a.* INTO v_life FROM salesflow.adoption AS a FOR SHARE;
  IF NOT v_life.shared THEN
    UPDATE public.users AS u SET password_hash = p_password_hash WHERE u.id = p_user_id;
    RETURN true;
  END IF;
  SELECT u.password_hash INTO v_found FROM public.users AS u WHERE u.id = p_user_id FOR UPDATE;
  v_auth := (SELECT a.password_hash FROM salesflow.read_auth_user(p_user_id, NULL) AS a);
  IF p_bcrypt IS NULL OR (v_auth IS NOT NULL AND NOT salesflow.write_auth_password(p_user_id, p_bcrypt)) THEN
    RETURN false;
  END IF;
  -- No second copy where auth.users alone kept the password: it would go stale at the next change there.
  IF v_auth IS NULL OR v_found LIKE '$%' THEN
    UPDATE public.users AS u SET password_hash = p_bcrypt WHERE u.id = p_user_id;
    v_found := p_bcrypt;
  END IF;
  PERFORM salesflow.store_password_hash(p_user_id, p_password_hash,
                                        salesflow.fingerprint_found(v_found, CASE WHEN v_auth IS NOT NULL THEN p_bcrypt END));
  RETURN true;
END $$;

CREATE FUNCTION salesflow.change_password(p_user_id uuid, p_password_hash text, p_bcrypt text, p_except_session uuid) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.users AS u WHERE u.id = p_user_id) THEN
    RETURN QUERY SELECT 'gone';
  ELSIF NOT salesflow.write_password(p_user_id, p_password_hash, p_bcrypt) THEN
    RETURN QUERY SELECT 'kept_elsewhere';
  ELSE
    PERFORM salesflow.revoke_user_sessions(p_user_id, p_except_session);
    DELETE FROM salesflow.password_reset_tokens AS t WHERE t.user_id = p_user_id AND t.used_at IS NULL;
    RETURN QUERY SELECT 'changed';
  END IF;
END $$;

CREATE FUNCTION salesflow.signup_user(p_user_id uuid, p_org_id uuid, p_email text, p_password_hash text, p_bcrypt text, p_first_name text,
                                      p_last_name text, p_company text, p_org_name text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_email text := salesflow.fold_email(p_email);
  v_shared boolean;
BEGIN
  SELECT a.shared INTO v_shared FROM salesflow.adoption AS a FOR SHARE;
  -- Serialises signups of one address: an adopted table may hold addresses in mixed case, which no
  -- unique key of ours forbids.
  PERFORM pg_advisory_xact_lock(hashtextextended('salesflow.signup:' || v_email, 0));
  IF salesflow.find_user_of(v_email) IS NOT NULL THEN
    RETURN QUERY SELECT 'duplicate';
    RETURN;
  END IF;
  INSERT INTO public.users (id, email, password_hash, name, first_name, last_name, full_name, company)
  VALUES (p_user_id, v_email, CASE WHEN v_shared THEN coalesce(p_bcrypt, '!') ELSE p_password_hash END,
          left(concat_ws(' ', p_first_name, p_last_name), 100), p_first_name, p_last_name,
          concat_ws(' ', p_first_name, p_last_name), p_company);
  IF v_shared THEN
    PERFORM salesflow.store_password_hash(p_user_id, p_password_hash, salesflow.fingerprint_found(coalesce(p_bcrypt, '!'), NULL));
  END IF;
  INSERT INTO public.organizations (id, name) VALUES (p_org_id, p_org_name);
  INSERT INTO public.org_members (org_id, user_id, role) VALUES (p_org_id, p_user_id, 'owner');
  RETURN QUERY SELECT 'created';
END $$;

CREATE FUNCTION salesflow.create_password_reset(p_email text, p_token_hash bytea, p_ttl interval DEFAULT '24 hours')
RETURNS TABLE (user_id uuid, email text, first_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_login record;
BEGIN
  SELECT l.* INTO v_login FROM salesflow.find_login(p_email) AS l;
  IF v_login.user_id IS NULL OR NOT v_login.is_active OR v_login.needs_confirmation
     OR (v_login.auth_hash IS NOT NULL AND NOT (SELECT a.auth_writable FROM salesflow.adoption AS a)) THEN
    RETURN;
  END IF;
  IF NOT v_login.has_profile AND (SELECT p.outcome FROM salesflow.ensure_profile(v_login.user_id, NULL, NULL, NULL, NULL) AS p) NOT IN ('created', 'exists') THEN
    RETURN;
  END IF;
  DELETE FROM salesflow.password_reset_tokens AS t WHERE t.user_id = v_login.user_id AND t.used_at IS NULL;
  INSERT INTO salesflow.password_reset_tokens (token_hash, user_id, expires_at) VALUES (p_token_hash, v_login.user_id, now() + p_ttl);
  RETURN QUERY SELECT v_login.user_id, v_login.email, v_login.first_name;
END $$;

CREATE FUNCTION salesflow.use_password_reset(p_token_hash bytea, p_password_hash text, p_bcrypt text) RETURNS TABLE (outcome text, user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_token salesflow.password_reset_tokens;
BEGIN
  SELECT t.* INTO v_token FROM salesflow.password_reset_tokens AS t WHERE t.token_hash = p_token_hash FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'unknown', NULL::uuid;
  ELSIF v_token.used_at IS NOT NULL THEN
    RETURN QUERY SELECT 'used', v_token.user_id;
  ELSIF v_token.expires_at <= clock_timestamp() THEN
    RETURN QUERY SELECT 'expired', v_token.user_id;
  ELSIF NOT salesflow.write_password(v_token.user_id, p_password_hash, p_bcrypt) THEN
    RETURN QUERY SELECT 'kept_elsewhere', v_token.user_id;
  ELSE
    UPDATE salesflow.password_reset_tokens AS t SET used_at = clock_timestamp() WHERE t.token_hash = p_token_hash;
    DELETE FROM salesflow.login_attempts AS l USING public.users AS u
    WHERE u.id = v_token.user_id AND l.scope = 'account' AND l.subject = lower(u.email);
    PERFORM salesflow.revoke_user_sessions(v_token.user_id, NULL);
    RETURN QUERY SELECT 'changed', v_token.user_id;
  END IF;
END $$;

-- Where a token's user stands now. p_org_id: the organisation the token asks for, NULL for the oldest membership.
-- is_member: false when it asks for one that the user does not belong to. No row: no profile here.
CREATE FUNCTION salesflow.find_identity(p_user_id uuid, p_org_id uuid)
RETURNS TABLE (is_active boolean, is_member boolean, org_id uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(u.is_active, true) AND NOT salesflow.is_blocked_elsewhere(u.id), m.org_id IS NOT NULL OR p_org_id IS NULL, m.org_id, m.role
  FROM public.users AS u
  LEFT JOIN LATERAL (SELECT o.org_id, o.role FROM public.org_members AS o
                     WHERE o.user_id = u.id AND (p_org_id IS NULL OR o.org_id = p_org_id)
                     ORDER BY o.created_at, o.org_id LIMIT 1) AS m ON true
  WHERE u.id = p_user_id
$$;

-- Ends the shared life: from now on users.password_hash holds what counts, and auth.users is not looked at any more.
-- Who was known to auth.users alone gets a profile; a bcrypt hash stays one until its next login. A `down` afterwards
-- leaves argon2id hashes, which the old service cannot read.
CREATE FUNCTION salesflow.finish_adoption() RETURNS TABLE (already_finished boolean, passwords integer, profiles integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_life salesflow.adoption;
  v_user record;
  v_ours text;
  v_new text;
BEGIN
  SELECT a.* INTO v_life FROM salesflow.adoption AS a FOR UPDATE;
  passwords := 0;
  profiles := 0;
  already_finished := NOT v_life.shared;
  IF already_finished THEN
    RETURN NEXT;
    RETURN;
  END IF;
  FOR v_user IN SELECT a.id FROM salesflow.list_auth_users() AS a (id) WHERE NOT EXISTS (SELECT FROM public.users AS u WHERE u.id = a.id) LOOP
    profiles := profiles + ((SELECT p.outcome FROM salesflow.ensure_profile(v_user.id, NULL, NULL, NULL, NULL) AS p) = 'created')::integer;
  END LOOP;
  FOR v_user IN SELECT u.id, u.password_hash AS found, a.password_hash AS auth, a.is_confirmed, coalesce(a.is_blocked, false) AS is_blocked
                FROM public.users AS u LEFT JOIN LATERAL salesflow.read_auth_user(u.id, NULL) AS a ON true LOOP
    v_ours := (SELECT p.password_hash FROM salesflow.passwords AS p
               WHERE p.user_id = v_user.id AND p.found_fingerprint = salesflow.fingerprint_found(v_user.found, v_user.auth));
    v_new := coalesce(v_ours, CASE WHEN v_user.is_confirmed AND v_user.auth LIKE '$2%' THEN v_user.auth END, v_user.found);
    IF v_new IS DISTINCT FROM v_user.found OR v_user.is_blocked THEN
      UPDATE public.users AS u SET password_hash = v_new, is_active = u.is_active AND NOT v_user.is_blocked WHERE u.id = v_user.id;
      passwords := passwords + 1;
    END IF;
  END LOOP;
  DELETE FROM salesflow.passwords;
  UPDATE salesflow.adoption AS a SET shared = false, finished_at = now(),
    bcrypt_cost = (SELECT mode() WITHIN GROUP (ORDER BY substring(u.password_hash FROM 5 FOR 2)) FROM public.users AS u
                   WHERE u.password_hash ~ '^\$2[aby]\$[0-9][0-9]\$')::integer;
  RETURN NEXT;
END $$;

CALL salesflow.seal();
DO $$
DECLARE
  f text;
BEGIN
  FOREACH f IN ARRAY ARRAY[
    'signup_user(uuid, uuid, text, text, text, text, text, text, text)', 'find_login(text)', 'describe_login(uuid)',
    'store_password_hash(uuid, text, bytea)', 'read_sharing()', 'change_password(uuid, text, text, uuid)',
    'create_password_reset(text, bytea, interval)', 'use_password_reset(bytea, text, text)',
    'ensure_profile(uuid, text, text, text, text)', 'find_identity(uuid, uuid)'] LOOP
    CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.' || f, 'salesflow_auth');
  END LOOP;
END $$;
