-- Puts the functions of 0043_base_lead_match_keys.up.sql back.
CREATE OR REPLACE FUNCTION public.salesflow_phone_key(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN substring(regexp_replace(p_phone, '[^0-9+]', '', 'g') FROM '^.{6,51}');
CREATE OR REPLACE FUNCTION public.salesflow_instagram_key(p_instagram text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN nullif(left(regexp_replace(lower(btrim(p_instagram, E' \t\r\n')), '^(https?://)?((www\.|m\.)?instagram\.com/)?@?([^/?#]*).*$', '\4'), 101), '');
