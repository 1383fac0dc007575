-- Nodes keep to their own settings again; what they noted goes.
CALL salesflow.undo(94);
DROP FUNCTION salesflow.empty_cache(boolean);
DROP FUNCTION salesflow.switch_cache(boolean);
DROP FUNCTION salesflow.flush_cache(boolean);
DROP FUNCTION salesflow.set_cache_switch(boolean);
DROP FUNCTION salesflow.list_cache_figures();
DROP FUNCTION salesflow.list_cache_nodes();
DROP FUNCTION salesflow.note_cache_figures(text, text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]);
DROP FUNCTION salesflow.note_cache_node(text, boolean, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint);
DROP FUNCTION salesflow.read_cache_switch();
DROP TABLE salesflow.cache_figures;
DROP TABLE salesflow.cache_nodes;
DROP TABLE salesflow.cache_switch;
