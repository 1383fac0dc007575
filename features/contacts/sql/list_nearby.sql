-- Lists the contacts of the organisation in use around a point, nearest first.
-- params:   $1 lat float8 | $2 lng float8 | $3 radius_km float8 | $4 limit_rows int4
-- rows:     id uuid | name text | email text? | phone text? | company text? | address text? | city text? | lat numeric | lng numeric | status text | score int4 | distance_km float8
-- index:    none: inside nearby_contacts(), idx_contacts_org_place
-- mode:     read
-- place:    org
-- reads:    contacts
-- timeout:  2 s
-- budget:   700 + 4 * rows
-- sorts:    a function's rows carry no order; a page is sorted
-- note:     301 buffers for 10 of 5,700 contacts with a place, 5 km around; the index leads with the latitude, so a wide box reads
--           what lies east and west of it as well. Whoever is near has a place; coalesce says so to `migrate plan`.
SELECT c.id, c.name, c.email, c.phone, c.company, c.address, c.city, coalesce(c.lat, 0) AS lat, coalesce(c.lng, 0) AS lng, c.status,
       c.score, n.distance_km
FROM nearby_contacts($1, $2, $3, $4) AS n
CROSS JOIN LATERAL (SELECT r.* FROM contacts AS r WHERE r.id = n.id LIMIT 1) AS c
ORDER BY n.distance_km, n.id;
