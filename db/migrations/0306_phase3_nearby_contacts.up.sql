-- why: numeric comparisons are no index condition under row level security, so a box of latitude and longitude would
--      read the organisation. As search_contacts, this runs as salesflow_search for the organisation of the setting.
-- phase: phase3
-- transaction: one
-- lock: none
-- owner: contacts
-- undo: 0306_phase3_nearby_contacts.down.sql
--
-- nearby_contacts(lat, lng, radius in km, limit 1..200) -> id and distance in km, nearest first. A box on
-- idx_contacts_org_place finds candidates, also across the 180th meridian and around the poles; the great circle
-- (a sphere of 6,371.0088 km) decides. Places outside -90..90 and -180..180 are nowhere. No organisation in use: no rows.
CALL salesflow.ensure_grant('SELECT (lat, lng)', 'TABLE public.contacts', 'salesflow_search');

CREATE FUNCTION salesflow_app.nearby_contacts(p_lat double precision, p_lng double precision, p_radius_km double precision, p_limit integer DEFAULT 50)
RETURNS TABLE (id uuid, distance_km double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH reach AS MATERIALIZED (
    -- A little wider than the circle, so that rounding loses nobody.
    SELECT degrees(p_radius_km / 6371.0088) + 1e-6 AS up
  ), box AS MATERIALIZED (
    SELECT (p_lat - up)::numeric AS south, (p_lat + up)::numeric AS north,
           CASE WHEN abs(p_lat) + up >= 90 THEN 180
                ELSE degrees(asin(least(1, sin(radians(up)) / cos(radians(p_lat))))) + 1e-6 END AS aside
    FROM reach
  ), candidates AS (
    SELECT c.id, least(1, power(sin(radians(c.lat::double precision - p_lat) / 2), 2)
                       + cos(radians(p_lat)) * cos(radians(c.lat::double precision))
                         * power(sin(radians(c.lng::double precision - p_lng) / 2), 2)) AS half_chord
    FROM box AS b
    CROSS JOIN unnest(ARRAY[-360, 0, 360]) AS turn
    JOIN public.contacts AS c
      ON c.org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)
     AND c.lat IS NOT NULL AND c.lng IS NOT NULL
     AND c.lat BETWEEN greatest(b.south, -90) AND least(b.north, 90)
     AND c.lng >= (p_lng - b.aside + turn)::numeric AND c.lng < (p_lng + b.aside + turn)::numeric
     AND c.lng BETWEEN -180 AND 180
  )
  SELECT n.id, 2 * 6371.0088 * asin(sqrt(n.half_chord)) AS distance_km
  FROM candidates AS n
  WHERE 2 * 6371.0088 * asin(sqrt(n.half_chord)) <= p_radius_km
  ORDER BY distance_km, n.id LIMIT least(greatest(p_limit, 1), 200)
$$;
-- A new owner needs the right to create in the schema for as long as it takes.
DO $$
DECLARE
  v_may boolean := has_schema_privilege('salesflow_search', 'salesflow_app', 'CREATE');
BEGIN
  IF NOT v_may THEN
    GRANT CREATE ON SCHEMA salesflow_app TO salesflow_search;
  END IF;
  CALL salesflow.publish_function('salesflow_app.nearby_contacts(double precision, double precision, double precision, integer)', 'salesflow_search', 'salesflow_app');
  IF NOT v_may THEN
    REVOKE CREATE ON SCHEMA salesflow_app FROM salesflow_search;
  END IF;
END $$;
