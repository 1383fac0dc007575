-- Members can then be changed by SQL only; nothing is lost.
CALL salesflow.undo(20);
DROP FUNCTION salesflow.revoke_refresh_token(bytea);
DROP FUNCTION salesflow.find_membership(uuid, uuid);
DROP FUNCTION salesflow.remove_org_member(uuid);
DROP FUNCTION salesflow.set_org_member_role(uuid, text);
DROP FUNCTION salesflow.change_org_member(uuid, text);
DROP FUNCTION salesflow.add_org_member(text, text, uuid, text, bytea, interval);
DROP FUNCTION salesflow.lock_acting_role();
