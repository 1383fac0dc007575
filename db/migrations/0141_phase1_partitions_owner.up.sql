-- why: a found table may belong to somebody of whom salesflow_owner is no member. The functions that change its partitions
--      act as whoever migrates then (0036 meant that, and the next seal took it back), but never as a superuser. And the
--      rows of a partition are noted by whoever may read them.
-- phase: phase1
-- transaction: one
-- lock: none; only functions in schema salesflow
-- owner: platform/partitions
-- undo: 0141_phase1_partitions_owner.down.sql
CALL salesflow.keep_function('salesflow.seal()');
CREATE OR REPLACE PROCEDURE salesflow.seal()
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
    IF hand_over AND item.proowner <> 'salesflow_owner'::regrole
       AND NOT salesflow.made('keeps owner', item.name::text) AND NOT salesflow.made('keeps table owner', item.name::text) THEN
      EXECUTE format('ALTER ROUTINE %s OWNER TO salesflow_owner', item.name);
    END IF;
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', item.name);
  END LOOP;
END $$;

-- With the rights of its caller: salesflow_owner may not enter the partitions of somebody else's table.
CALL salesflow.keep_function('salesflow.invalidate_rows(text, text)');
ALTER PROCEDURE salesflow.invalidate_rows(text, text) SECURITY INVOKER;

-- As before, but the lock is shared, for one job that makes a month and one that lets a month go shall not wait for each
-- other; and it says what to do where the table is somebody else's.
CALL salesflow.keep_function('salesflow.hold_partitions()');
CREATE OR REPLACE FUNCTION salesflow.hold_partitions() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_state text;
  v_owner name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = to_regclass('public.message_events'));
BEGIN
  IF to_regclass('salesflow.partitioned_tables') IS NOT NULL THEN
    EXECUTE 'SELECT state FROM salesflow.partitioned_tables WHERE table_name = ''public.message_events''' INTO v_state;
  END IF;
  IF v_state = 'converted' AND NOT pg_has_role(v_owner, 'USAGE') THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
      'message_events belongs to %s, of whom %s is no member: its partitions are made by "salesflow partition maintain" as %1$s, from cron', v_owner, current_user);
  END IF;
  RETURN coalesce(v_state = 'converted', false) AND pg_try_advisory_xact_lock_shared(7237970109966541921);
END $$;

DELETE FROM salesflow.created_objects
WHERE kind = 'keeps owner' AND object IN ('salesflow.make_month_ahead(integer)', 'salesflow.note_past_month(integer,text)', 'salesflow.detach_past_month(integer,text)');
DO $$
DECLARE
  v_function text;
BEGIN
  IF salesflow.acts_as_owner() AND current_user <> 'salesflow_owner'
     AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user)
     AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = to_regclass('public.message_events') AND pg_has_role(c.relowner, 'USAGE')
                   AND NOT pg_has_role('salesflow_owner', c.relowner, 'USAGE')) THEN
    FOREACH v_function IN ARRAY ARRAY['make_month_ahead(integer)', 'hold_past_month(integer)', 'note_past_month(integer,text)', 'detach_past_month(integer,text)'] LOOP
      EXECUTE format('ALTER FUNCTION salesflow.%s OWNER TO %I', v_function, current_user);
      CALL salesflow.record('keeps table owner', 'salesflow.' || v_function, 'SELECT');
    END LOOP;
  END IF;
END $$;
CALL salesflow.seal();
