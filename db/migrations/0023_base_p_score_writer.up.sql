-- why: p_score has one writer, the heuristic over a lead's own messages. Found triggers write a mix of the satellites'
--      scores into it, in which a lead without a row counts as 100; they are disabled and come back with `down`.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on each table with such a trigger
-- owner: scoring
-- undo: 0023_base_p_score_writer.down.sql
CALL salesflow.set_aside_writers('public.leads', 'p_score');
