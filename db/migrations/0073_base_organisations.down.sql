-- Takes the function away, and the record of which organisations were adopted.
CALL salesflow.undo(73);
DROP FUNCTION salesflow.provision_organization(uuid, uuid);
DROP TABLE salesflow.adopted_organizations;
