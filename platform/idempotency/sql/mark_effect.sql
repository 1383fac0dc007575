-- Marks the state before the request's effect, so that a refused request leaves nothing but its answer.
-- params:   none
-- rows:     none
-- index:    none: no table
-- mode:     write
-- writes:   none
-- plan:     none, because it is a transaction command, not a query
-- timeout:  1 s
-- budget:   0
SAVEPOINT before_effect
