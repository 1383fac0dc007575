-- Whether another service shares the people of this database, and what its hashes usually cost.
-- params:   none
-- rows:     is_shared bool | bcrypt_cost int4
-- index:    none: inside the function, a table of one row
-- mode:     read
-- reads:    salesflow.adoption
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   4
SELECT is_shared, bcrypt_cost FROM salesflow.read_sharing()
