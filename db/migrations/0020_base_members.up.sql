-- why: members of an organisation are added, changed and removed by its owners and admins. The rules stand
--      here, next to the rows, so that no caller can get round them and two owners who leave at the same
--      time cannot leave an organisation without one.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: accounts
-- undo: 0020_base_members.down.sql
--
-- For salesflow_app, inside a request: who acts and where comes from app.user_id and app.org_id, and the
-- role is looked up here, not taken from a token that may be half an hour old.
--   add_org_member(email text, role text, new_user_id uuid, name text, token_hash bytea, ttl interval)
--     -> (outcome text: added | invited | already_member | forbidden | blocked, user_id uuid, org_name text)
--        invited: the address was unknown, or its user never set a password; token_hash is now a password
--        reset token of that user. Only an owner makes owners. blocked: auth.users knows the address and no row in users
--        can be made of it (banned, or another account has it); nothing was written.
--   set_org_member_role(user_id uuid, role text)  -> (outcome text: changed | not_found | forbidden | last_owner)
--        A lower role ends the user's sessions in this organisation.
--   remove_org_member(user_id uuid)               -> (outcome text: removed | not_found | forbidden | last_owner)
--        Ends the user's sessions in this organisation.
-- For salesflow_auth:
--   find_membership(user_id uuid, org_id uuid)    -> (role text)            no row: not a member
--   revoke_refresh_token(token_hash bytea)        -> (session_id uuid)      no row: unknown, or revoked already

-- The caller's role in the organisation in use; others who change its members wait until this one commits.
CREATE FUNCTION salesflow.lock_acting_role() RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
  PERFORM FROM public.organizations AS o WHERE o.id = v_org FOR NO KEY UPDATE;
  RETURN (SELECT m.role FROM public.org_members AS m
          WHERE m.org_id = v_org AND m.user_id = nullif(current_setting('app.user_id', true), '')::uuid);
END $$;

CREATE FUNCTION salesflow.add_org_member(p_email text, p_role text, p_new_user_id uuid, p_name text, p_token_hash bytea, p_ttl interval)
RETURNS TABLE (outcome text, user_id uuid, org_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
  v_email text := salesflow.fold_email(p_email);
  v_actor text := salesflow.lock_acting_role();
  v_user public.users;
  v_login record;
  v_member boolean;
BEGIN
  outcome := 'forbidden';
  IF v_actor = 'owner' OR (v_actor = 'admin' AND p_role <> 'owner') THEN
    org_name := (SELECT o.name FROM public.organizations AS o WHERE o.id = v_org);
    -- The same key as signup_user takes: an address is made a user once.
    PERFORM pg_advisory_xact_lock(hashtextextended('salesflow.signup:' || v_email, 0));
    SELECT l.* INTO v_login FROM salesflow.find_login(v_email) AS l;
    IF v_login.user_id IS NOT NULL AND NOT v_login.has_profile THEN
      PERFORM salesflow.ensure_profile(v_login.user_id, NULL, NULL, NULL, NULL);
      IF NOT EXISTS (SELECT FROM public.users AS u WHERE u.id = v_login.user_id) THEN
        outcome := 'blocked';
        RETURN NEXT;
        RETURN;
      END IF;
    END IF;
    SELECT u.* INTO v_user FROM public.users AS u WHERE u.id = v_login.user_id;
    IF NOT FOUND THEN
      INSERT INTO public.users (id, email, password_hash, name) VALUES (p_new_user_id, v_email, '!', left(p_name, 100))
      RETURNING * INTO v_user;
    END IF;
    user_id := v_user.id;
    v_member := EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = v_org AND m.user_id = v_user.id);
    IF NOT v_member THEN
      INSERT INTO public.org_members (org_id, user_id, role) VALUES (v_org, v_user.id, p_role);
    END IF;
    IF v_user.password_hash = '!' AND v_login.auth_hash IS NULL THEN
      outcome := 'invited';
      DELETE FROM salesflow.password_reset_tokens AS t WHERE t.user_id = v_user.id AND t.used_at IS NULL;
      INSERT INTO salesflow.password_reset_tokens (token_hash, user_id, expires_at) VALUES (p_token_hash, v_user.id, now() + p_ttl);
    ELSE
      outcome := CASE WHEN v_member THEN 'already_member' ELSE 'added' END;
    END IF;
  END IF;
  RETURN NEXT;
END $$;

-- changed or removed (p_role NULL), after all rules.
CREATE FUNCTION salesflow.change_org_member(p_user_id uuid, p_role text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
  v_actor text := salesflow.lock_acting_role();
  v_role text := (SELECT m.role FROM public.org_members AS m WHERE m.org_id = v_org AND m.user_id = p_user_id);
BEGIN
  IF v_actor IS NULL OR v_actor NOT IN ('owner', 'admin') THEN
    RETURN 'forbidden';
  ELSIF v_role IS NULL THEN
    RETURN 'not_found';
  ELSIF v_actor <> 'owner' AND (v_role = 'owner' OR p_role = 'owner') THEN
    RETURN 'forbidden';
  ELSIF v_role = 'owner' AND p_role IS DISTINCT FROM 'owner'
        AND NOT EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = v_org AND m.role = 'owner' AND m.user_id <> p_user_id) THEN
    RETURN 'last_owner';
  END IF;
  IF p_role IS NULL THEN
    DELETE FROM public.org_members AS m WHERE m.org_id = v_org AND m.user_id = p_user_id;
  ELSIF p_role <> v_role THEN
    UPDATE public.org_members AS m SET role = p_role WHERE m.org_id = v_org AND m.user_id = p_user_id;
  END IF;
  -- Tokens say the old role until they expire; a session that has lost rights must not.
  IF p_role IS NULL OR (v_role = 'owner' AND p_role <> 'owner') OR (v_role = 'admin' AND p_role = 'member') THEN
    UPDATE salesflow.sessions AS s SET revoked_at = clock_timestamp()
    WHERE s.user_id = p_user_id AND s.org_id = v_org AND s.revoked_at IS NULL;
  END IF;
  RETURN CASE WHEN p_role IS NULL THEN 'removed' ELSE 'changed' END;
END $$;

CREATE FUNCTION salesflow.set_org_member_role(p_user_id uuid, p_role text) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_role IS NULL THEN
    RAISE EXCEPTION 'a role is required' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  RETURN QUERY SELECT salesflow.change_org_member(p_user_id, p_role);
END $$;

CREATE FUNCTION salesflow.remove_org_member(p_user_id uuid) RETURNS TABLE (outcome text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT salesflow.change_org_member(p_user_id, NULL)
$$;

CREATE FUNCTION salesflow.find_membership(p_user_id uuid, p_org_id uuid) RETURNS TABLE (role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.role FROM public.org_members AS m WHERE m.org_id = p_org_id AND m.user_id = p_user_id
$$;

CREATE FUNCTION salesflow.revoke_refresh_token(p_token_hash bytea) RETURNS TABLE (session_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE salesflow.sessions AS s SET revoked_at = clock_timestamp()
  WHERE s.id = (SELECT t.session_id FROM salesflow.refresh_tokens AS t WHERE t.token_hash = p_token_hash) AND s.revoked_at IS NULL
  RETURNING s.id
$$;

CALL salesflow.seal();
CALL salesflow.ensure_grant('USAGE', 'SCHEMA salesflow', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.add_org_member(text, text, uuid, text, bytea, interval)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.set_org_member_role(uuid, text)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.remove_org_member(uuid)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.find_membership(uuid, uuid)', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.revoke_refresh_token(bytea)', 'salesflow_auth');
