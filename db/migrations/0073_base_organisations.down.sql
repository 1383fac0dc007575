-- Takes the function away, the record of what was adopted, and the users that adopting made, unless they have a password
-- of their own or a row refers to them.
DO $$
DECLARE
  v_user uuid;
BEGIN
  FOR v_user IN SELECT p.user_id FROM salesflow.adopted_profiles AS p JOIN public.users AS u ON u.id = p.user_id
                WHERE u.password_hash = '!' AND u.last_login IS NULL LOOP
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
