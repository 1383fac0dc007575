-- New rows of other writers go without an organisation again.
CALL salesflow.undo(74);
DROP FUNCTION salesflow.fill_task_org();
DROP FUNCTION salesflow.fill_deal_org();
DROP FUNCTION salesflow.organization_of_member(uuid, uuid[]);
DROP FUNCTION salesflow.sole_organization(uuid[]);
