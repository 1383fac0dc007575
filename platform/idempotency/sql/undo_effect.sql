-- Takes back what a refused request wrote; also ends the error state of its transaction.
-- params:   none
-- rows:     none
-- index:    none: no table
-- mode:     write
-- writes:   none
-- plan:     none, because it is a transaction command, not a query
-- timeout:  1 s
-- budget:   0
ROLLBACK TO SAVEPOINT before_effect
