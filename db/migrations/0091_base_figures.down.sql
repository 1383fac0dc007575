-- Takes the functions and what they noted away.
CALL salesflow.undo(91);
DROP FUNCTION salesflow.rebuild_figure(text);
DROP FUNCTION salesflow.verify_figures();
DROP FUNCTION salesflow.list_figures();
DROP FUNCTION salesflow.list_trigger_faults();
DROP FUNCTION salesflow.list_proofs(integer);
DROP FUNCTION salesflow.add_proofs(text[], bigint[], bigint[], bigint[]);
DROP TABLE salesflow.proofs;
DROP TABLE salesflow.figure_checks;
