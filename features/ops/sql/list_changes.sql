-- How far changes are on their way from writers to their readers.
-- params:   none
-- rows:     waiting int8 | waiting_since timestamptz? | feed_rows int8 | last_number int8 | subscriber text? | place int8? | lag int8? |
--           confirmed_at timestamptz?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    outbox, salesflow.change_feed, salesflow.change_subscribers
-- plan:     none, because it reads no tenant's rows, and only what was written while the service ran
-- timeout:  2 s
-- budget:   400
-- note:     a row for each subscriber, one without name where there is none.
SELECT c.waiting, c.waiting_since, c.feed_rows, c.last_number, c.subscriber, c.place, c.lag, c.confirmed_at
FROM salesflow.list_changes() AS c ORDER BY c.subscriber
