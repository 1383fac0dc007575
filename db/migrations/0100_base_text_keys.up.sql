-- why: keys by which leads are compared, and texts by which contacts and conversations are found, held each spelling apart:
--      0151 7778888 and +49 (0)151 7778888, Müller typed with one character or with two, jose and José, strasse and
--      Straße, info@bücher.example and its punycode.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on organizations while a column is added (no rewrite, no scan)
-- owner: leads
-- undo: 0100_base_text_keys.down.sql

-- What is the same to a reader is the same text: small letters, without accents, without characters that have no width.
-- Both forms of an accent (one character, or letter and accent) give one; so do full-width letters and ligatures.
CREATE FUNCTION public.salesflow_fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN octet_length(p_text) = length(p_text) THEN lower(p_text)
    ELSE translate(replace(replace(replace(replace(
           lower(regexp_replace(normalize(p_text, NFKD), '[\u0300-\u036F\u00AD\u200B-\u200F\u2060\uFEFF]+', '', 'g')),
           'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øłđðħı', 'olddhi') END;

-- A domain's label in punycode (RFC 3492, 6.3), with xn-- before it; one of ASCII as it is.
CREATE FUNCTION public.salesflow_punycode(p_label text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  v_codes integer[] := ARRAY(SELECT ascii(c.letter) FROM regexp_split_to_table(p_label, '') WITH ORDINALITY AS c (letter, n) ORDER BY c.n);
  v_out text := coalesce((SELECT string_agg(chr(c.code), '' ORDER BY c.n) FROM unnest(v_codes) WITH ORDINALITY AS c (code, n) WHERE c.code < 128), '');
  v_basic integer := length(v_out);
  v_handled integer := v_basic;
  v_n integer := 128;
  v_next integer;
  v_delta bigint := 0;
  v_bias integer := 72;
  v_code integer;
  v_q bigint;
  v_k integer;
  v_t integer;
BEGIN
  IF v_basic = cardinality(v_codes) THEN
    RETURN p_label;
  END IF;
  IF v_basic > 0 THEN
    v_out := v_out || '-';
  END IF;
  WHILE v_handled < cardinality(v_codes) LOOP
    v_next := (SELECT min(c.code) FROM unnest(v_codes) AS c (code) WHERE c.code >= v_n);
    v_delta := v_delta + (v_next - v_n)::bigint * (v_handled + 1);
    v_n := v_next;
    FOREACH v_code IN ARRAY v_codes LOOP
      IF v_code < v_n THEN
        v_delta := v_delta + 1;
      ELSIF v_code = v_n THEN
        v_q := v_delta;
        v_k := 36;
        LOOP
          v_t := least(greatest(v_k - v_bias, 1), 26);
          EXIT WHEN v_q < v_t;
          v_out := v_out || substr('abcdefghijklmnopqrstuvwxyz0123456789', (v_t + (v_q - v_t) % (36 - v_t))::integer + 1, 1);
          v_q := (v_q - v_t) / (36 - v_t);
          v_k := v_k + 36;
        END LOOP;
        v_out := v_out || substr('abcdefghijklmnopqrstuvwxyz0123456789', v_q::integer + 1, 1);
        v_delta := CASE WHEN v_handled = v_basic THEN v_delta / 700 ELSE v_delta / 2 END;
        v_delta := v_delta + v_delta / (v_handled + 1);
        v_k := 0;
        WHILE v_delta > 455 LOOP
          v_delta := v_delta / 35;
          v_k := v_k + 36;
        END LOOP;
        v_bias := v_k + (36 * v_delta / (v_delta + 38))::integer;
        v_delta := 0;
        v_handled := v_handled + 1;
      END IF;
    END LOOP;
    v_delta := v_delta + 1;
    v_n := v_n + 1;
  END LOOP;
  RETURN 'xn--' || v_out;
END $$;

-- The address as it is compared: without what is not seen around it and without "mailto:", in small letters, its domain
-- in punycode. platform/text/email_address.cpp has the same rule; tests/schema/text_keys_dbtest.cpp tests both.
CREATE FUNCTION public.salesflow_unusual_email_key(p_email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT nullif(left(CASE WHEN octet_length(a.address) = length(a.address) OR strpos(a.address, '@') = 0 THEN a.address
                            ELSE regexp_replace(a.address, '[^@]*$', '') ||
                                 (SELECT string_agg(public.salesflow_punycode(l.label), '.' ORDER BY l.n)
                                  FROM string_to_table(normalize(substring(a.address FROM '[^@]*$'), NFC), '.') WITH ORDINALITY AS l (label, n)) END, 255), '')
    FROM (SELECT lower(btrim(regexp_replace(regexp_replace(p_email, '^[\s\u00AD\u200B-\u200F\u2060\uFEFF\u00A0]+|[\s\u00AD\u200B-\u200F\u2060\uFEFF\u00A0]+$', '', 'g'),
                                            '^mailto:\s*([^?]*).*$', '\1', 'i'))) AS address) AS a);

-- The number as it is compared: + and its digits, with calling code and without what is only dialled in the country.
-- p_country: of a national number ('AT'); where it is NULL or unknown such a number is its digits alone. NULL with fewer
-- than 6 digits. Made by script/generate-phone-table from libphonenumber's metadata; tests/schema/text_keys_dbtest.cpp
-- compares the example numbers of every country.
CREATE FUNCTION public.salesflow_unusual_phone_key(p_phone text, p_country text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  c_calling_codes CONSTANT text :=  -- country, calling code : what is dialled before a national number
    ' AC247: AD376: AE971:0 AF93:0 AG1:1 AI1:1 AL355:0 AM374:0 AO244: AR54:0 AS1:1 AT43:0 AU61:0 AW297: AX358:0'
    ' AZ994:0 BA387:0 BB1:1 BD880:0 BE32:0 BF226: BG359:0 BH973: BI257: BJ229: BL590:0 BM1:1 BN673: BO591:0 BQ599:'
    ' BR55:0 BS1:1 BT975: BW267: BY375:8 BZ501: CA1:1 CC61:0 CD243:0 CF236: CG242: CH41:0 CI225: CK682: CL56:'
    ' CM237: CN86:0 CO57:0 CR506: CU53:0 CV238: CW599: CX61:0 CY357: CZ420: DE49:0 DJ253: DK45: DM1:1 DO1:1 DZ213:0'
    ' EC593:0 EE372: EG20:0 EH212:0 ER291:0 ES34: ET251:0 FI358:0 FJ679: FK500: FM691: FO298: FR33:0 GA241: GB44:0'
    ' GD1:1 GE995:0 GF594:0 GG44:0 GH233:0 GI350: GL299: GM220: GN224: GP590:0 GQ240: GR30: GT502: GU1:1 GW245:'
    ' GY592: HK852: HN504: HR385:0 HT509: HU36:06 ID62:0 IE353:0 IL972:0 IM44:0 IN91:0 IO246: IQ964:0 IR98:0 IS354:'
    ' IT39: JE44:0 JM1:1 JO962:0 JP81:0 KE254:0 KG996:0 KH855:0 KI686:0 KM269: KN1:1 KP850:0 KR82:0 KW965: KY1:1'
    ' KZ7:8 LA856:0 LB961:0 LC1:1 LI423:0 LK94:0 LR231:0 LS266: LT370:8 LU352: LV371: LY218:0 MA212:0 MC377:0'
    ' MD373:0 ME382:0 MF590:0 MG261:0 MH692:1 MK389:0 ML223: MM95:0 MN976:0 MO853: MP1:1 MQ596:0 MR222: MS1:1'
    ' MT356: MU230: MV960: MW265:0 MX52:01 MY60:0 MZ258: NA264:0 NC687: NE227: NF672: NG234:0 NI505: NL31:0 NO47:'
    ' NP977:0 NR674: NU683: NZ64:0 OM968: PA507: PE51:0 PF689: PG675: PH63:0 PK92:0 PL48: PM508:0 PR1:1 PS970:0'
    ' PT351: PW680: PY595:0 QA974: RE262:0 RO40:0 RS381:0 RU7:8 RW250:0 SA966:0 SB677: SC248: SD249:0 SE46:0 SG65:'
    ' SH290: SI386:0 SJ47: SK421:0 SL232:0 SM378: SN221: SO252:0 SR597: SS211:0 ST239: SV503: SX1:1 SY963:0 SZ268:'
    ' TA290: TC1:1 TD235: TG228: TH66:0 TJ992: TK690: TL670: TM993:8 TN216: TO676: TR90:0 TT1:1 TV688: TW886:0'
    ' TZ255:0 UA380:0 UG256:0 US1:1 UY598:0 UZ998:8 VA39: VC1:1 VE58:0 VG1:1 VI1:1 VN84:0 VU678: WF681: WS685:'
    ' XK383:0 YE967:0 YT262:0 ZA27:0 ZM260:0 ZW263:0 ';
  c_never_zero CONSTANT text :=     -- calling codes whose numbers never begin with the 0 that is dialled before them
    ' 20 27 31 32 33 40 41 43 44 46 49 51 53 54 55 57 58 60 61 62 63 64 66 81 82 84 86 90 91 92 93 94 95 98 211 212'
    ' 213 218 231 232 233 234 243 249 250 251 252 254 255 256 260 261 262 263 264 265 291 353 355 358 359 373 374'
    ' 377 380 381 382 383 385 386 387 389 421 423 508 590 591 593 594 595 596 598 686 850 855 856 880 886 961 962'
    ' 963 964 966 967 970 971 972 976 977 994 995 996 ';
  c_two_digits CONSTANT text :=     -- calling codes of two digits; 1 and 7 have one, the others three
    ' 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ';
  v_number text := replace(p_phone, '(0)', '');
  v_digits text;
  v_begin text;
  v_code text;
  v_trunk text;
BEGIN
  IF v_number ~ '[A-Za-z#;]' THEN
    v_number := regexp_replace(v_number, '\s*(ext\.?|durchwahl|dw|x|#|;)[^0-9]*[0-9]{1,6}\s*$', '', 'i');
  END IF;
  v_digits := translate(v_number, translate(v_number, '0123456789', ''), '');
  IF length(v_digits) < 6 THEN
    RETURN NULL;
  END IF;
  v_begin := left(ltrim(v_number, E' \t\r\n(\u00A0'), 3);
  IF v_begin LIKE '+%' OR v_begin LIKE '00%' OR (v_begin = '011' AND p_country IN ('US', 'CA')) THEN
    IF v_begin LIKE '00%' THEN
      v_digits := substr(v_digits, 3);
    ELSIF v_begin = '011' THEN
      v_digits := substr(v_digits, 4);
    END IF;
    v_code := left(v_digits, CASE WHEN left(v_digits, 1) IN ('1', '7') THEN 1 WHEN strpos(c_two_digits, ' ' || left(v_digits, 2) || ' ') > 0 THEN 2 ELSE 3 END);
    IF strpos(c_never_zero, ' ' || v_code || ' ') > 0 THEN
      v_digits := v_code || ltrim(substr(v_digits, length(v_code) + 1), '0');
    END IF;
    RETURN left('+' || v_digits, 51);
  END IF;
  v_code := substring(c_calling_codes FROM ' ' || upper(p_country) || '([0-9]+:[0-9]*)');
  IF v_code IS NULL THEN
    RETURN left(v_digits, 51);
  END IF;
  v_trunk := split_part(v_code, ':', 2);
  v_code := split_part(v_code, ':', 1);
  -- A number that could begin so without it has it only when it is longer than a number is.
  IF starts_with(v_digits, v_trunk) AND (left(v_trunk, 1) = '0' OR length(v_digits) > CASE WHEN v_code IN ('1', '7') THEN 10 WHEN v_code IN ('375', '998') THEN 9 ELSE 8 END) THEN
    v_digits := substr(v_digits, length(v_trunk) + 1);
    IF v_code = '375' THEN
      v_digits := ltrim(v_digits, '0');
    END IF;
  END IF;
  RETURN left('+' || v_code || v_digits, 51);
END $$;

-- A number that is written as it is compared, but for blanks, needs no more than that: 2 us for 5.
CREATE FUNCTION public.salesflow_phone_key(p_phone text, p_country text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN p_phone ~ '^[+](1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689][0-9]|3[578][0-9]|42[0-9]|5[09][0-9]|6[789][0-9]|8[035789][0-9]|9[679][0-9]) ?[1-9][0-9 ]*[0-9]{4}$' AND length(p_phone) BETWEEN 9 AND 25 THEN translate(p_phone, ' ', '')
              ELSE public.salesflow_unusual_phone_key(p_phone, p_country) END;

-- What a search for a phone number looks for: its digits without calling code and leading zeros, so that any spelling of
-- it is found by any other; of a text that is no number of at least 6 digits, or a date, the text, folded.
CREATE FUNCTION public.salesflow_search_term(p_term text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN p_term !~ '^[\s(]*[+]?[0-9()\s\u00A0./-]+$' OR p_term ~ '^\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}([./-])[0-9]{1,2}\2[0-9]{2,4})\s*$'
                OR length(translate(p_term, translate(p_term, '0123456789', ''), '')) < 6 THEN public.salesflow_fold(p_term)
    ELSE (SELECT ltrim(CASE WHEN n.number ~ '^[\s(]*([+]|00)'
                            THEN regexp_replace(ltrim(n.digits, '0'), '^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689][0-9]|3[578][0-9]|42[0-9]|5[09][0-9]|6[789][0-9]|8[035789][0-9]|9[679][0-9])', '')
                            ELSE n.digits END, '0')
          FROM (SELECT replace(p_term, '(0)', '') AS number, translate(replace(p_term, '(0)', ''), translate(replace(p_term, '(0)', ''), '0123456789', ''), '') AS digits) AS n) END;
-- A number's digits as a text to search holds them; NULL of what has fewer than 6.
CREATE FUNCTION public.salesflow_search_digits(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN length(translate(p_phone, translate(p_phone, '0123456789', ''), '')) >= 6
              THEN translate(replace(p_phone, '(0)', ''), translate(replace(p_phone, '(0)', ''), '0123456789', ''), '') END;

-- Whose country a national number is of: the organisation's, of several memberships the first one's that has a country,
-- else the installation's (SALESFLOW_DEFAULT_COUNTRY, which `migrate up` brings here).
CALL salesflow.ensure_table('public.organizations', $$
  country text CHECK (country ~ '^[A-Z]{2}$')
$$);
CREATE TABLE salesflow.default_country (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  country text CHECK (country ~ '^[A-Z]{2}$')
);
COMMENT ON TABLE salesflow.default_country IS 'The country of national phone numbers where the organisation names none. One row.';
INSERT INTO salesflow.default_country DEFAULT VALUES;
CREATE FUNCTION public.salesflow_country_of(p_user_id uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT o.country FROM public.org_members AS m JOIN public.organizations AS o ON o.id = m.org_id
                   WHERE m.user_id = p_user_id AND o.country IS NOT NULL ORDER BY m.created_at, m.org_id LIMIT 1),
                  (SELECT d.country FROM salesflow.default_country AS d))
$$;
-- They read nothing of anybody, but for the country, so anyone who writes a lead may run them.
DO $$
DECLARE
  v_function text;
BEGIN
  FOREACH v_function IN ARRAY ARRAY['fold(text)', 'punycode(text)', 'unusual_email_key(text)', 'unusual_phone_key(text, text)', 'phone_key(text, text)', 'search_term(text)', 'search_digits(text)', 'country_of(uuid)'] LOOP
    CALL salesflow.record('function', 'public.salesflow_' || v_function, format('DROP FUNCTION public.salesflow_%s', v_function));
    EXECUTE format('GRANT EXECUTE ON FUNCTION public.salesflow_%s TO PUBLIC', v_function);
    IF salesflow.acts_as_owner() THEN
      EXECUTE format('ALTER FUNCTION public.salesflow_%s OWNER TO salesflow_owner', v_function);
    END IF;
  END LOOP;
END $$;
-- Functions that stood before are replaced; undo gives them their old text.
CREATE PROCEDURE salesflow.keep_function(p_function text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CALL salesflow.record('function before', p_function, pg_get_functiondef(p_function::regprocedure));
END $$;
CALL salesflow.keep_function('public.salesflow_email_key(text)');
CALL salesflow.keep_function('public.salesflow_phone_key(text)');
CALL salesflow.keep_function('public.salesflow_name_key(text)');
CALL salesflow.keep_function('salesflow.set_lead_match_keys()');
CALL salesflow.keep_function('salesflow.set_contact_keys()');
CALL salesflow.keep_function('salesflow.conversation_text(text, text, text)');
CALL salesflow.keep_function('salesflow.add_conversation_texts()');
CALL salesflow.keep_function('salesflow.set_conversation_text()');
CALL salesflow.keep_function('salesflow.rename_in_conversation_texts()');
CREATE OR REPLACE FUNCTION public.salesflow_email_key(p_email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN octet_length(p_email) = length(p_email) AND strpos(p_email, ':') = 0 THEN nullif(left(lower(btrim(p_email, E' \t\r\n')), 255), '')
              ELSE public.salesflow_unusual_email_key(p_email) END;
-- Folded, so that a list by it is in a person's order: ananas, Apfel, Ärger, Zebra.
CREATE OR REPLACE FUNCTION public.salesflow_name_key(p_name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN octet_length(p_name) = length(p_name) THEN left(lower(btrim(p_name, E' \t\r\n')), 201)
              ELSE left(public.salesflow_fold(btrim(p_name, E' \t\r\n\u00A0')), 201) END;
-- Of a number that says its country itself, or whose country nobody knows.
CREATE OR REPLACE FUNCTION public.salesflow_phone_key(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN public.salesflow_phone_key(p_phone, NULL::text);

-- A changed country gives the national numbers of its leads their key again.
CREATE FUNCTION salesflow.derive_phone_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.leads AS l SET phone_key = NULL
  WHERE l.user_id IN (SELECT m.user_id FROM public.org_members AS m WHERE m.org_id = NEW.id) AND l.phone !~ '^[\s(]*([+]|00)';
  RETURN NULL;
END $$;
CREATE FUNCTION salesflow.derive_all_phone_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.leads AS l SET phone_key = NULL WHERE l.phone !~ '^[\s(]*([+]|00)';
  RETURN NULL;
END $$;
CALL salesflow.ensure_trigger('public.organizations', 'salesflow_phone_keys', 'AFTER UPDATE OF country',
  'FOR EACH ROW WHEN (OLD.country IS DISTINCT FROM NEW.country) EXECUTE FUNCTION salesflow.derive_phone_keys()');
CREATE TRIGGER salesflow_phone_keys AFTER UPDATE OF country ON salesflow.default_country
  FOR EACH ROW WHEN (OLD.country IS DISTINCT FROM NEW.country) EXECUTE FUNCTION salesflow.derive_all_phone_keys();

-- Gives a function that stands another text at some places: pairs of what is there and what comes in its stead. For
-- functions of which only a call changes.
CREATE PROCEDURE salesflow.replace_in_function(p_function text, VARIADIC p_pairs text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_text text := pg_get_functiondef(p_function::regprocedure);
BEGIN
  FOR i IN 1 .. cardinality(p_pairs) / 2 LOOP
    IF strpos(v_text, p_pairs[2 * i - 1]) = 0 THEN
      RAISE EXCEPTION '% does not hold %', p_function, p_pairs[2 * i - 1];
    END IF;
    v_text := replace(v_text, p_pairs[2 * i - 1], p_pairs[2 * i]);
  END LOOP;
  EXECUTE v_text;
END $$;
CALL salesflow.replace_in_function('salesflow.set_lead_match_keys()', 'public.salesflow_phone_key(NEW.phone)',
  $$public.salesflow_phone_key(NEW.phone, CASE WHEN NEW.phone !~ '^[\s(]*([+]|00)' THEN public.salesflow_country_of(NEW.user_id) END)$$);

-- Contacts are found by their numbers, too.
CREATE OR REPLACE FUNCTION salesflow.set_contact_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.search_text := public.salesflow_fold(concat_ws(E'\n', NEW.name, NEW.company, NEW.email, public.salesflow_search_digits(NEW.phone),
                                                     public.salesflow_search_digits(NEW.phone_secondary)));
  NEW.name_lc := left(public.salesflow_fold(coalesce(NEW.name, 'Unbekannt')), 200);  -- as lists show and order it
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION salesflow.conversation_text(p_handle text, p_name text, p_message text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT public.salesflow_fold(concat_ws(E'\n', p_handle, p_name, left(p_message, 280), public.salesflow_search_digits(p_handle)))
$$;
CALL salesflow.replace_in_function('salesflow.add_conversation_texts()', 'lower(', 'public.salesflow_fold(');
CALL salesflow.replace_in_function('salesflow.set_conversation_text()', 'lower(', 'public.salesflow_fold(');
CALL salesflow.replace_in_function('salesflow.rename_in_conversation_texts()', 'lower(', 'public.salesflow_fold(');

CALL salesflow.seal();
