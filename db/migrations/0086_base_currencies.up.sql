-- why: sums of money are by currency: 1,000,000 JPY and 10 EUR are no sum, and `eur` is EUR. What a currency's code is and
--      how many decimals it has stands here once (platform/core/currency.hpp says the same, and one table of examples tests
--      both); an organisation says which currency it counts in.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on organizations while a column is added (no rewrite, no scan)
-- owner: deals
-- undo: 0086_base_currencies.down.sql
--
-- currency_code(text): ISO 4217 in upper case, without white space around. NULL and blank are EUR, as such a deal is served;
-- other three letters stay what they are, also those that ISO does not know (any more), so that they are summed by
-- themselves; all else (a sign, a name) is XXX, ISO's "no currency". Never NULL, never an error: it runs in triggers. In byte
-- order, since an upper case `inr` in Turkish is another word.
CREATE FUNCTION salesflow.currency_code(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN p_text COLLATE "C" ~ '^[A-Z]{3}$' THEN p_text
  WHEN p_text IS NULL OR btrim(p_text, E' \t\n\x0B\f\r') = '' THEN 'EUR'
  WHEN btrim(p_text, E' \t\n\x0B\f\r') COLLATE "C" ~ '^[A-Za-z]{3}$' THEN upper(btrim(p_text, E' \t\n\x0B\f\r') COLLATE "C")
  ELSE 'XXX'
END;

-- Decimals of an amount in that currency, 0 to 4; 2 where ISO 4217 names none.
CREATE FUNCTION salesflow.currency_decimals(p_code text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN p_code IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
  WHEN p_code IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
  WHEN p_code IN ('CLF', 'UYW') THEN 4
  ELSE 2
END;

-- An amount with its currency's decimals: 1000000 JPY, 10.00 EUR, 1.500 KWD; with more where it has more, so that no digit
-- is lost.
CREATE FUNCTION salesflow.money_text(p_amount numeric, p_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(p_amount, greatest(scale(trim_scale(p_amount)), salesflow.currency_decimals(p_code)))::text;
CALL salesflow.seal();

-- Requests have no way into schema salesflow; they call these by their bare names.
DO $$
DECLARE
  v_function text;
BEGIN
  IF to_regnamespace('salesflow_app') IS NULL THEN
    CREATE SCHEMA salesflow_app;
    CALL salesflow.record('schema', 'salesflow_app', 'DROP SCHEMA salesflow_app');
    IF salesflow.acts_as_owner() THEN
      ALTER SCHEMA salesflow_app OWNER TO salesflow_owner;
    END IF;
    CALL salesflow.ensure_grant('USAGE', 'SCHEMA salesflow_app', 'salesflow_app');
  ELSE
    -- Made by 0099 before this file was there: it goes with what is in it, after that file's undo.
    UPDATE salesflow.created_objects SET version = 86 WHERE kind = 'schema' AND object = 'salesflow_app';
  END IF;
  CREATE FUNCTION salesflow_app.currency_code(p_text text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN salesflow.currency_code(p_text);
  CREATE FUNCTION salesflow_app.currency_decimals(p_code text) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN salesflow.currency_decimals(p_code);
  CREATE FUNCTION salesflow_app.money_text(p_amount numeric, p_code text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN salesflow.money_text(p_amount, p_code);
  FOREACH v_function IN ARRAY ARRAY['currency_code(text)', 'currency_decimals(text)', 'money_text(numeric, text)'] LOOP
    CALL salesflow.record('function', 'salesflow_app.' || v_function, format('DROP FUNCTION salesflow_app.%s', v_function));
    EXECUTE format('REVOKE ALL ON FUNCTION salesflow_app.%s FROM PUBLIC', v_function);
    IF salesflow.acts_as_owner() THEN
      EXECUTE format('ALTER FUNCTION salesflow_app.%s OWNER TO salesflow_owner', v_function);
    END IF;
    CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow_app.' || v_function, 'salesflow_app');
    -- They are put in place of their wrappers when a statement is planned, with the caller's rights.
    CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.' || v_function, 'salesflow_app');
  END LOOP;
END $$;

-- Which of an organisation's currencies a client sees that reads one sum.
CALL salesflow.ensure_table('public.organizations', $$
  default_currency text NOT NULL DEFAULT 'EUR'
$$);
