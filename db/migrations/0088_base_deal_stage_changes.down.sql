-- Takes the table away with the history it holds, which cannot be made again; activities keep theirs.
CALL salesflow.undo(88);
DROP FUNCTION salesflow.note_new_deals();
DROP FUNCTION salesflow.note_deal_stage();
DROP FUNCTION salesflow.forget_deal_stages();
DROP FUNCTION salesflow.stages_known_since(uuid);
DROP FUNCTION salesflow.caller_id();
