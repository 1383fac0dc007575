-- org_id stays as it was filled; new rows of other writers go without.
CALL salesflow.undo(25);
DROP FUNCTION salesflow.fill_contact_user();
DROP FUNCTION salesflow.fill_org();
