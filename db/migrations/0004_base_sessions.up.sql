-- why: sessions, rotating refresh tokens, password resets and login throttling. Role salesflow_auth has no
--      table privilege at all; it calls the functions below and nothing else.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: accounts
-- undo: 0004_base_sessions.down.sql
--
-- Tokens never stand here: a *_hash is the SHA-256 of the token, 32 bytes. Times are of the database. Every
-- function answers with a row and an `outcome`, so that a refusal commits what it did (a killed family).
-- Emails are folded to lower case and trimmed inside. Passwords, and who an address belongs to: 0070_base_found_people.
--
--   check_login_limits(email text, address text, account_max int, address_max int, window interval)
--     -> (allowed bool, retry_after_s int)                                  reads only
--   note_login_attempt(email text, address text, account_max int, address_max int, window interval)
--     -> (allowed bool, retry_after_s int)
--        Counts one attempt for both, then judges: call it before the password is checked, so that parallel
--        guesses cannot slip through. An attempt above the limit is not counted, so it does not prolong the wait.
--   record_login(user_id uuid, email text) -> void     sets last_login and clears the account's counter
--   open_session(session_id uuid, user_id uuid, org_id uuid, user_agent text, refresh_hash bytea, refresh_ttl interval)
--     -> (outcome text: opened | inactive, expires_at timestamptz)
--        The session id names the family of its refresh tokens. inactive: user gone or switched off.
--   rotate_refresh_token(presented_hash bytea, successor_hash bytea, successor_sealed bytea, refresh_ttl interval, grace interval)
--     -> (outcome text, session_id uuid, user_id uuid, org_id uuid, org_role text, user_role text, email text,
--         successor_sealed bytea, expires_at timestamptz)
--        outcome: rotated  first use: the successor given is now the valid token
--                 replayed used within the last `grace`: successor_sealed is the one stored at first use
--                 reused   used earlier: the whole session was revoked by this call
--                 revoked | expired | inactive | unknown
--        successor_sealed: the successor encrypted with a key derived from the presented token, which is not
--        stored: only who holds the old token can open it. Callers of one family wait for each other.
--   revoke_session(session_id uuid, user_id uuid) -> bool                   false: not this user's, or already revoked
--   revoke_user_sessions(user_id uuid, except_session uuid) -> int          except_session may be NULL
--   list_revoked_sessions(since timestamptz) -> (session_id uuid, revoked_at timestamptz)
--        revoked_at >= since, oldest first. A revocation becomes visible at its commit, a little after its
--        revoked_at: poll with an overlap of some seconds. Index-only on a partial index.
--   purge_auth(rows_max int) -> int        deletes what has expired; call until it answers 0

CREATE TABLE salesflow.sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
  org_id uuid REFERENCES public.organizations (id) ON DELETE CASCADE,
  user_agent text CHECK (length(user_agent) <= 512),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_user_idx ON salesflow.sessions (user_id);
CREATE INDEX sessions_org_idx ON salesflow.sessions (org_id);
CREATE INDEX sessions_expires_idx ON salesflow.sessions (expires_at);
CREATE INDEX sessions_revoked_idx ON salesflow.sessions (revoked_at, id) WHERE revoked_at IS NOT NULL;

CREATE TABLE salesflow.refresh_tokens (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  session_id uuid NOT NULL REFERENCES salesflow.sessions (id) ON DELETE CASCADE,
  parent_hash bytea CHECK (length(parent_hash) = 32),
  successor_sealed bytea CHECK (length(successor_sealed) <= 1024),
  issued_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON salesflow.refresh_tokens (session_id);

CREATE TABLE salesflow.password_reset_tokens (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX password_reset_tokens_user_idx ON salesflow.password_reset_tokens (user_id);
CREATE INDEX password_reset_tokens_expires_idx ON salesflow.password_reset_tokens (expires_at);

-- One row per account name (also of unknown ones: the answer tells nothing) and per address.
CREATE TABLE salesflow.login_attempts (
  scope text NOT NULL CHECK (scope IN ('account', 'address')),
  subject text NOT NULL CHECK (length(subject) <= 320),
  window_ends_at timestamptz NOT NULL,
  attempts integer NOT NULL,
  PRIMARY KEY (scope, subject)
);
CREATE INDEX login_attempts_window_idx ON salesflow.login_attempts (window_ends_at);

CREATE FUNCTION salesflow.fold_email(p_email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT left(lower(btrim(p_email, E' \t\r\n')), 320)
$$;

CREATE FUNCTION salesflow.check_login_limits(p_email text, p_address text, p_account_max integer, p_address_max integer, p_window interval)
RETURNS TABLE (allowed boolean, retry_after_s integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) = 0, coalesce(ceil(extract(epoch FROM max(l.window_ends_at) - now())), 0)::integer
  FROM salesflow.login_attempts AS l
  WHERE (l.scope, l.subject) IN (('account', salesflow.fold_email(p_email)), ('address', p_address))
    AND l.window_ends_at > now() AND l.attempts >= CASE l.scope WHEN 'account' THEN p_account_max ELSE p_address_max END
$$;

CREATE FUNCTION salesflow.note_login_attempt(p_email text, p_address text, p_account_max integer, p_address_max integer, p_window interval)
RETURNS TABLE (allowed boolean, retry_after_s integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_over integer := 0;
  v_ends_at timestamptz;
  counted record;
BEGIN
  -- Always account before address: two callers cannot lock each other out of order.
  FOR counted IN
    INSERT INTO salesflow.login_attempts AS l (scope, subject, window_ends_at, attempts)
    VALUES ('account', salesflow.fold_email(p_email), now() + p_window, 1), ('address', p_address, now() + p_window, 1)
    ON CONFLICT (scope, subject) DO UPDATE SET
      attempts = CASE WHEN l.window_ends_at <= now() THEN 1
                      ELSE least(l.attempts + 1, CASE l.scope WHEN 'account' THEN p_account_max ELSE p_address_max END + 1) END,
      window_ends_at = CASE WHEN l.window_ends_at <= now() THEN now() + p_window ELSE l.window_ends_at END
    RETURNING l.scope, l.attempts, l.window_ends_at
  LOOP
    IF counted.attempts > (CASE counted.scope WHEN 'account' THEN p_account_max ELSE p_address_max END) THEN
      v_over := v_over + 1;
      v_ends_at := greatest(v_ends_at, counted.window_ends_at);
    END IF;
  END LOOP;
  RETURN QUERY SELECT v_over = 0, coalesce(ceil(extract(epoch FROM v_ends_at - now())), 0)::integer;
END $$;

CREATE FUNCTION salesflow.record_login(p_user_id uuid, p_email text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE public.users SET last_login = now() WHERE id = p_user_id;
  DELETE FROM salesflow.login_attempts WHERE scope = 'account' AND subject = salesflow.fold_email(p_email);
$$;

CREATE FUNCTION salesflow.open_session(p_session_id uuid, p_user_id uuid, p_org_id uuid, p_user_agent text, p_refresh_hash bytea,
                                       p_refresh_ttl interval)
RETURNS TABLE (outcome text, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.users AS u WHERE u.id = p_user_id AND coalesce(u.is_active, true)) THEN
    RETURN QUERY SELECT 'inactive', NULL::timestamptz;
    RETURN;
  END IF;
  INSERT INTO salesflow.sessions (id, user_id, org_id, user_agent, expires_at)
  VALUES (p_session_id, p_user_id, p_org_id, left(p_user_agent, 512), now() + p_refresh_ttl);
  INSERT INTO salesflow.refresh_tokens (token_hash, session_id, expires_at)
  VALUES (p_refresh_hash, p_session_id, now() + p_refresh_ttl);
  RETURN QUERY SELECT 'opened', now() + p_refresh_ttl;
END $$;

CREATE FUNCTION salesflow.rotate_refresh_token(p_presented_hash bytea, p_successor_hash bytea, p_successor_sealed bytea,
                                               p_refresh_ttl interval, p_grace interval DEFAULT '20 seconds')
RETURNS TABLE (outcome text, session_id uuid, user_id uuid, org_id uuid, org_role text, user_role text, email text,
               successor_sealed bytea, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_session salesflow.sessions;
  v_token salesflow.refresh_tokens;
  v_outcome text;
  v_now timestamptz;
BEGIN
  -- The family's session row is the lock of all that follows: of two tabs one comes first, and a
  -- revocation is either seen here or waits.
  SELECT s.* INTO v_session FROM salesflow.sessions AS s
  WHERE s.id = (SELECT t.session_id FROM salesflow.refresh_tokens AS t WHERE t.token_hash = p_presented_hash) FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'unknown';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT t.* INTO v_token FROM salesflow.refresh_tokens AS t WHERE t.token_hash = p_presented_hash;
  v_now := clock_timestamp();
  IF v_session.revoked_at IS NOT NULL THEN
    v_outcome := 'revoked';
  ELSIF v_token.used_at IS NOT NULL AND v_token.used_at + p_grace < v_now THEN
    v_outcome := 'reused';
    UPDATE salesflow.sessions AS s SET revoked_at = v_now WHERE s.id = v_session.id;
  ELSIF v_token.expires_at <= v_now THEN
    v_outcome := 'expired';
  ELSIF NOT EXISTS (SELECT FROM public.users AS u WHERE u.id = v_session.user_id AND coalesce(u.is_active, true))
        OR salesflow.is_blocked_elsewhere(v_session.user_id) THEN
    v_outcome := 'inactive';
  ELSIF v_token.used_at IS NOT NULL THEN
    v_outcome := 'replayed';
    successor_sealed := v_token.successor_sealed;
    expires_at := (SELECT max(t.expires_at) FROM salesflow.refresh_tokens AS t WHERE t.parent_hash = p_presented_hash
                   AND t.session_id = v_session.id);
  ELSE
    v_outcome := 'rotated';
    expires_at := v_now + p_refresh_ttl;
    successor_sealed := p_successor_sealed;
    UPDATE salesflow.refresh_tokens AS t SET used_at = v_now, successor_sealed = p_successor_sealed WHERE t.token_hash = p_presented_hash;
    INSERT INTO salesflow.refresh_tokens (token_hash, session_id, parent_hash, expires_at)
    VALUES (p_successor_hash, v_session.id, p_presented_hash, v_now + p_refresh_ttl);
    UPDATE salesflow.sessions AS s SET expires_at = v_now + p_refresh_ttl WHERE s.id = v_session.id;
  END IF;
  outcome := v_outcome;
  session_id := v_session.id;
  user_id := v_session.user_id;
  IF v_outcome IN ('rotated', 'replayed') THEN
    SELECT u.role, u.email INTO user_role, email FROM public.users AS u WHERE u.id = v_session.user_id;
    -- The role as it is now; a member that has left the organisation gets no organisation.
    SELECT m.org_id, m.role INTO org_id, org_role FROM public.org_members AS m
    WHERE m.org_id = v_session.org_id AND m.user_id = v_session.user_id;
  END IF;
  RETURN NEXT;
END $$;

CREATE FUNCTION salesflow.revoke_session(p_session_id uuid, p_user_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE salesflow.sessions SET revoked_at = clock_timestamp()
  WHERE id = p_session_id AND user_id = p_user_id AND revoked_at IS NULL;
  RETURN FOUND;
END $$;

CREATE FUNCTION salesflow.revoke_user_sessions(p_user_id uuid, p_except_session uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_count integer;
BEGIN
  UPDATE salesflow.sessions SET revoked_at = clock_timestamp()
  WHERE user_id = p_user_id AND id IS DISTINCT FROM p_except_session AND revoked_at IS NULL;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

CREATE FUNCTION salesflow.list_revoked_sessions(p_since timestamptz) RETURNS TABLE (session_id uuid, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.id, s.revoked_at FROM salesflow.sessions AS s WHERE s.revoked_at IS NOT NULL AND s.revoked_at >= p_since ORDER BY s.revoked_at, s.id
$$;

-- A session goes a day after it expired (its tokens with it): a late reuse is answered `unknown` then.
CREATE FUNCTION salesflow.purge_auth(p_rows_max integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_total integer := 0;
  v_count integer;
BEGIN
  DELETE FROM salesflow.sessions WHERE id IN (
    SELECT s.id FROM salesflow.sessions AS s WHERE s.expires_at < now() - interval '1 day' LIMIT p_rows_max FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_total := v_total + v_count;
  DELETE FROM salesflow.password_reset_tokens WHERE token_hash IN (
    SELECT t.token_hash FROM salesflow.password_reset_tokens AS t WHERE t.expires_at < now() - interval '1 day' LIMIT p_rows_max
    FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_total := v_total + v_count;
  DELETE FROM salesflow.login_attempts WHERE (scope, subject) IN (
    SELECT l.scope, l.subject FROM salesflow.login_attempts AS l WHERE l.window_ends_at < now() LIMIT p_rows_max FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_total + v_count;
END $$;

CALL salesflow.seal();
DO $$
DECLARE
  f text;
BEGIN
  FOREACH f IN ARRAY ARRAY[
    'check_login_limits(text, text, integer, integer, interval)', 'note_login_attempt(text, text, integer, integer, interval)',
    'record_login(uuid, text)', 'open_session(uuid, uuid, uuid, text, bytea, interval)',
    'rotate_refresh_token(bytea, bytea, bytea, interval, interval)', 'revoke_session(uuid, uuid)', 'revoke_user_sessions(uuid, uuid)',
    'list_revoked_sessions(timestamptz)',
    'purge_auth(integer)'] LOOP
    CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.' || f, 'salesflow_auth');
  END LOOP;
END $$;
