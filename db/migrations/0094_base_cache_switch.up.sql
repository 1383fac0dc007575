-- why: an operator switches the cache of answers on and off, or empties it, on all nodes at once while they run; and sees
--      what it does on each of them.
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/cache
-- undo: 0094_base_cache_switch.down.sql
CREATE TABLE salesflow.cache_switch (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  is_on boolean,                              -- NULL: each node's own setting (ENABLE_CACHE)
  flushes bigint NOT NULL DEFAULT 0,          -- each ends all that was kept before, in Redis, too
  memory_flushes bigint NOT NULL DEFAULT 0,   -- each ends what nodes keep in their memory; Redis keeps its own
  changed_at timestamptz                      -- the switch, not the flushes
);
COMMENT ON TABLE salesflow.cache_switch IS 'Whether nodes keep answers, and how often operators had them forget all. One row.';
INSERT INTO salesflow.cache_switch DEFAULT VALUES;

CREATE TABLE salesflow.cache_nodes (
  node text PRIMARY KEY CHECK (length(node) BETWEEN 1 AND 200),
  noted_at timestamptz NOT NULL,
  is_on boolean NOT NULL,
  hears boolean,                   -- NULL: it works without Redis
  flushes bigint NOT NULL,         -- those that it has followed
  memory_bytes bigint NOT NULL,
  memory_entries bigint NOT NULL,
  proofs_checked bigint NOT NULL,  -- hits held against fresh answers
  proofs_wrong bigint NOT NULL,
  age_max_ms bigint NOT NULL,      -- of an answer that was used again
  bumps_failed bigint NOT NULL     -- what Redis was not told in time; the relay repeats it
);
COMMENT ON TABLE salesflow.cache_nodes IS 'The cache of each node as it said last, since it started. A node silent for an hour goes.';

CREATE TABLE salesflow.cache_figures (
  node text REFERENCES salesflow.cache_nodes ON DELETE CASCADE,
  policy text CHECK (length(policy) BETWEEN 1 AND 63),
  ttl_ms bigint NOT NULL,
  hit bigint NOT NULL,             -- questions by what became of them
  stale bigint NOT NULL,           -- used while a newer one is made
  joined bigint NOT NULL,          -- waited for what another made
  miss bigint NOT NULL,
  bypass bigint NOT NULL,          -- the cache was off, or away, or of no use
  stored bigint NOT NULL,
  too_large bigint NOT NULL,
  invalidated bigint NOT NULL,     -- kept answers that a write had ended when they were asked for
  expired bigint NOT NULL,         -- kept answers whose time had come
  made bigint NOT NULL,            -- answers made, and how long that took
  made_us bigint NOT NULL,
  PRIMARY KEY (node, policy)
);
COMMENT ON TABLE salesflow.cache_figures IS 'What the cache of each node did by policy, since it started.';

-- The row, for every node once a second and for operators.
CREATE FUNCTION salesflow.read_cache_switch() RETURNS TABLE (is_on boolean, flushes bigint, memory_flushes bigint, changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.is_on, s.flushes, s.memory_flushes, s.changed_at FROM salesflow.cache_switch AS s
$$;

-- A node tells how its cache stands, and forgets nodes that have been silent for an hour.
CREATE FUNCTION salesflow.note_cache_node(p_node text, p_is_on boolean, p_hears boolean, p_flushes bigint, p_memory_bytes bigint, p_memory_entries bigint,
                                          p_proofs_checked bigint, p_proofs_wrong bigint, p_age_max_ms bigint, p_bumps_failed bigint) RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM salesflow.cache_nodes AS n
  WHERE n.node IN (SELECT o.node FROM salesflow.cache_nodes AS o WHERE o.noted_at < now() - interval '1 hour' AND o.node <> p_node FOR UPDATE SKIP LOCKED);
  INSERT INTO salesflow.cache_nodes
  VALUES (p_node, now(), p_is_on, p_hears, p_flushes, p_memory_bytes, p_memory_entries, p_proofs_checked, p_proofs_wrong, p_age_max_ms, p_bumps_failed)
  ON CONFLICT (node) DO UPDATE
  SET noted_at = excluded.noted_at, is_on = excluded.is_on, hears = excluded.hears, flushes = excluded.flushes,
      memory_bytes = excluded.memory_bytes, memory_entries = excluded.memory_entries, proofs_checked = excluded.proofs_checked,
      proofs_wrong = excluded.proofs_wrong, age_max_ms = excluded.age_max_ms, bumps_failed = excluded.bumps_failed
  RETURNING noted_at
$$;

-- What a node's cache did by policy, since it started: one array a figure, in the order of the policies. The node has
-- told of itself before.
CREATE FUNCTION salesflow.note_cache_figures(p_node text, p_policies text[], p_ttl_ms bigint[], p_hit bigint[], p_stale bigint[], p_joined bigint[],
                                             p_miss bigint[], p_bypass bigint[], p_stored bigint[], p_too_large bigint[], p_invalidated bigint[],
                                             p_expired bigint[], p_made bigint[], p_made_us bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH noted AS (
    INSERT INTO salesflow.cache_figures
    SELECT p_node, f.*
    FROM unnest(p_policies, p_ttl_ms, p_hit, p_stale, p_joined, p_miss, p_bypass, p_stored, p_too_large, p_invalidated, p_expired, p_made, p_made_us) AS f
    ON CONFLICT (node, policy) DO UPDATE
    SET ttl_ms = excluded.ttl_ms, hit = excluded.hit, stale = excluded.stale, joined = excluded.joined, miss = excluded.miss,
        bypass = excluded.bypass, stored = excluded.stored, too_large = excluded.too_large, invalidated = excluded.invalidated,
        expired = excluded.expired, made = excluded.made, made_us = excluded.made_us
    RETURNING 1
  )
  SELECT count(*) FROM noted
$$;

-- For operators.
CREATE FUNCTION salesflow.list_cache_nodes() RETURNS SETOF salesflow.cache_nodes
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM salesflow.cache_nodes ORDER BY node
$$;
CREATE FUNCTION salesflow.list_cache_figures() RETURNS SETOF salesflow.cache_figures
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM salesflow.cache_figures ORDER BY policy, node
$$;

-- Switches all nodes: on, off; NULL: each to its own setting. For operators, as salesflow_worker.
CREATE FUNCTION salesflow.set_cache_switch(p_is_on boolean) RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE salesflow.cache_switch AS s SET is_on = p_is_on, changed_at = now() RETURNING s.changed_at
$$;

-- Has all nodes forget what they keep, in Redis, too, or in their memory only. For operators, as salesflow_worker.
CREATE FUNCTION salesflow.flush_cache(p_memory_only boolean) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE salesflow.cache_switch AS s
  SET flushes = s.flushes + (NOT p_memory_only)::integer, memory_flushes = s.memory_flushes + p_memory_only::integer
  RETURNING CASE WHEN p_memory_only THEN s.memory_flushes ELSE s.flushes END
$$;

-- The same two for a superadmin's request. NULL: it is none.
CREATE FUNCTION salesflow.switch_cache(p_is_on boolean) RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN (SELECT u.role::text = 'superadmin' FROM public.users AS u WHERE u.id = nullif(current_setting('app.user_id', true), '')::uuid)
              THEN salesflow.set_cache_switch(p_is_on) END
$$;
CREATE FUNCTION salesflow.empty_cache(p_memory_only boolean) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN (SELECT u.role::text = 'superadmin' FROM public.users AS u WHERE u.id = nullif(current_setting('app.user_id', true), '')::uuid)
              THEN salesflow.flush_cache(p_memory_only) END
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.read_cache_switch()', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.note_cache_node(text, boolean, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint)', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.note_cache_figures(text, text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[])', 'salesflow_auth');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.read_cache_switch()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_cache_nodes()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_cache_figures()', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.switch_cache(boolean)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.empty_cache(boolean)', 'salesflow_app');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.read_cache_switch()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_cache_nodes()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_cache_figures()', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.set_cache_switch(boolean)', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.flush_cache(boolean)', 'salesflow_worker');
