-- why: the keys of phone and Instagram name took two regular expressions a row, half of what storing a lead costs
--      (112 µs, 59 without them, in an insert of 50,000). The same keys by plain text functions; only addresses
--      (with /, ? or #) still need an expression.
-- phase: base
-- transaction: one
-- lock: none on tables
-- owner: imports
-- undo: 0047_base_lead_key_cost.down.sql
CREATE OR REPLACE FUNCTION public.salesflow_phone_key(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN length(translate(p_phone, translate(p_phone, '0123456789+', ''), '')) >= 6
              THEN left(translate(p_phone, translate(p_phone, '0123456789+', ''), ''), 51) END;
CREATE OR REPLACE FUNCTION public.salesflow_instagram_key(p_instagram text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN translate(p_instagram, '/?#', '') = p_instagram
    THEN nullif(left(substr(lower(btrim(p_instagram, E' \t\r\n')),
                            CASE WHEN left(btrim(p_instagram, E' \t\r\n'), 1) = '@' THEN 2 ELSE 1 END), 101), '')
    ELSE nullif(left(regexp_replace(lower(btrim(p_instagram, E' \t\r\n')), '^(https?://)?((www\.|m\.)?instagram\.com/)?@?([^/?#]*).*$', '\4'), 101), '') END;
