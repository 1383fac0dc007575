-- why: a new lead is compared with the user's own by Instagram name, e-mail, phone and name, and lists order by name and
--      next follow-up, which may have been found as text, date or instant. Under row level security lower() and casts
--      serve no index; plain keys do.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on leads while columns and a trigger are added (no rewrite, no scan)
-- owner: leads
-- undo: 0043_base_lead_match_keys.down.sql
--
--   email_key           the address in lower case, NULL when there is none
--   phone_key           digits and + of the phone, NULL with fewer than 6 characters
--   instagram_key       the account in lower case, without @ and without the address around it; of instagram,
--                       instagram_handle and instagram_url the first that is filled
--   name_key            name, else first and last name, in lower case; '' when there is none, never NULL
--   next_follow_up_key  the day of next_follow_up (UTC where it is an instant), 9999-12-31 when there is none
--   customer_key        customer_since of a lead that is won, -infinity when that is not known; NULL of any other
-- Keys are cut one character past what the service accepts: a cut one equals no key of a new lead.
CALL salesflow.ensure_table('public.leads', $$
  email_key text COLLATE "C"
  phone_key text COLLATE "C"
  instagram_key text COLLATE "C"
  name_key text COLLATE "C"
  next_follow_up_key date
  customer_key timestamptz
$$);

-- The rules, for the trigger and for statements that look for a lead. They read nothing, so anyone may run them.
-- By plain text functions: two regular expressions a row were half of what storing a lead costs (112 µs, 59 without, in
-- an insert of 50,000); only addresses (with /, ? or #) need one.
CREATE FUNCTION public.salesflow_email_key(p_email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN nullif(left(lower(btrim(p_email, E' \t\r\n')), 255), '');
CREATE FUNCTION public.salesflow_phone_key(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN length(translate(p_phone, translate(p_phone, '0123456789+', ''), '')) >= 6
              THEN left(translate(p_phone, translate(p_phone, '0123456789+', ''), ''), 51) END;
CREATE FUNCTION public.salesflow_instagram_key(p_instagram text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN translate(p_instagram, '/?#', '') = p_instagram
    THEN nullif(left(substr(lower(btrim(p_instagram, E' \t\r\n')),
                            CASE WHEN left(btrim(p_instagram, E' \t\r\n'), 1) = '@' THEN 2 ELSE 1 END), 101), '')
    ELSE nullif(left(regexp_replace(lower(btrim(p_instagram, E' \t\r\n')), '^(https?://)?((www\.|m\.)?instagram\.com/)?@?([^/?#]*).*$', '\4'), 101), '') END;
CREATE FUNCTION public.salesflow_name_key(p_name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN left(lower(btrim(p_name, E' \t\r\n')), 201);

-- Whoever makes leads takes this first, so that two that make the same lead at once make it once. Held until the
-- transaction ends; one user's leads are made one transaction after the other.
CREATE FUNCTION public.salesflow_lock_new_leads(p_user_id uuid) RETURNS void LANGUAGE sql VOLATILE
  RETURN pg_advisory_xact_lock(hashtextextended('salesflow new leads ' || p_user_id::text, 0));
DO $$
DECLARE
  v_function text;
BEGIN
  FOREACH v_function IN ARRAY ARRAY['email_key(text)', 'phone_key(text)', 'instagram_key(text)', 'name_key(text)', 'lock_new_leads(uuid)'] LOOP
    CALL salesflow.record('function', 'public.salesflow_' || v_function, format('DROP FUNCTION public.salesflow_%s', v_function));
    EXECUTE format('GRANT EXECUTE ON FUNCTION public.salesflow_%s TO PUBLIC', v_function);
    IF salesflow.acts_as_owner() THEN
      EXECUTE format('ALTER FUNCTION public.salesflow_%s OWNER TO salesflow_owner', v_function);
    END IF;
  END LOOP;
END $$;

-- Runs after zz_salesflow_keys, whose status_key it reads. An update that touches nothing it reads returns at once.
CREATE FUNCTION salesflow.set_lead_match_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  v_type regtype;
  v_parts integer[];
  v_day date;
BEGIN
  IF TG_OP = 'INSERT' OR OLD.name_key IS NULL
     OR (NEW.name, NEW.first_name, NEW.last_name, NEW.email, NEW.phone, NEW.instagram, NEW.instagram_handle, NEW.instagram_url)
        IS DISTINCT FROM (OLD.name, OLD.first_name, OLD.last_name, OLD.email, OLD.phone, OLD.instagram, OLD.instagram_handle, OLD.instagram_url)
     OR (NEW.email_key, NEW.phone_key, NEW.instagram_key, NEW.name_key) IS DISTINCT FROM (OLD.email_key, OLD.phone_key, OLD.instagram_key, OLD.name_key) THEN
    NEW.email_key := public.salesflow_email_key(NEW.email);
    NEW.phone_key := public.salesflow_phone_key(NEW.phone);
    NEW.instagram_key := public.salesflow_instagram_key(coalesce(nullif(btrim(NEW.instagram), ''), nullif(btrim(NEW.instagram_handle), ''), NEW.instagram_url));
    NEW.name_key := public.salesflow_name_key(coalesce(nullif(btrim(NEW.name), ''), concat_ws(' ', NEW.first_name, NEW.last_name)));
  END IF;
  NEW.customer_key := CASE WHEN NEW.status_key = 'won' THEN coalesce(NEW.customer_since, '-infinity') END;
  IF TG_OP = 'UPDATE' AND NEW.next_follow_up IS NOT DISTINCT FROM OLD.next_follow_up AND OLD.next_follow_up_key IS NOT NULL THEN
    NEW.next_follow_up_key := OLD.next_follow_up_key;
    RETURN NEW;
  END IF;
  v_type := pg_typeof(NEW.next_follow_up);
  IF v_type = 'date'::regtype THEN
    v_day := NEW.next_follow_up;
  ELSIF v_type = 'timestamptz'::regtype THEN
    v_day := timezone('UTC', NEW.next_follow_up)::date;
  ELSE
    v_parts := regexp_match(NEW.next_follow_up::text, '^\s*([0-9]{4})-([0-9]{2})-([0-9]{2})');
    IF v_parts[1] > 0 AND v_parts[2] BETWEEN 1 AND 12 AND v_parts[3] BETWEEN 1 AND 31 THEN
      v_day := make_date(v_parts[1], v_parts[2], 1);
      v_day := least(v_day + v_parts[3] - 1, (v_day + interval '1 month')::date - 1);  -- a day past its month's end is its last one
    END IF;
  END IF;
  NEW.next_follow_up_key := least(greatest(coalesce(v_day, '9999-12-31'), '0001-01-01'), '9999-12-31');
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.leads', 'zz_salesflow_match_keys', 'BEFORE INSERT OR UPDATE',
  'FOR EACH ROW EXECUTE FUNCTION salesflow.set_lead_match_keys()');
CALL salesflow.seal();
