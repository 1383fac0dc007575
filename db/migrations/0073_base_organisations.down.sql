-- Takes the function away, the record of what was adopted, and the users that adopting made, unless they have a password
-- of their own or a row refers to them.
-- A found key that deletes or empties its rows along would not refuse; its rows are looked for first.
DO $$
DECLARE
  v_user uuid;
  v_key record;
  v_used boolean;
BEGIN
  FOR v_user IN SELECT p.user_id FROM salesflow.adopted_profiles AS p JOIN public.users AS u ON u.id = p.user_id
                WHERE u.password_hash = '!' AND u.last_login IS NULL LOOP
    v_used := false;
    FOR v_key IN SELECT c.conrelid::regclass AS relation, a.attname FROM pg_constraint AS c
                 JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                 WHERE c.contype = 'f' AND c.confrelid = 'public.users'::regclass AND c.confdeltype IN ('c', 'n', 'd')
                   AND c.connamespace <> 'salesflow'::regnamespace
                   AND NOT EXISTS (SELECT FROM salesflow.created_objects AS o WHERE o.object = format('public.%s.%s', c.conrelid::regclass, c.conname)
                                   OR (o.kind = 'table' AND o.object = format('public.%s', c.conrelid::regclass))) LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM %s AS t WHERE t.%I = $1)', v_key.relation, v_key.attname) INTO v_used USING v_user;
      EXIT WHEN v_used;
    END LOOP;
    CONTINUE WHEN v_used;
    BEGIN
      DELETE FROM public.users WHERE id = v_user;
    EXCEPTION WHEN foreign_key_violation THEN
      NULL;
    END;
  END LOOP;
END $$;
CALL salesflow.undo(73);
DROP FUNCTION salesflow.provision_organization(uuid, uuid);
DROP TABLE salesflow.adopted_profiles;
DROP TABLE salesflow.adopted_organizations;
