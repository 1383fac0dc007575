-- why: the inbox is searched by handle, name of the lead and newest message; under row level security ILIKE serves no
--      index (229,928 buffers). The text to search stands in a table of its own: a conversation is written with every
--      message and status, and each time a trigram index on it would take all its trigrams again. As it is, a message costs 14 kB
--      of WAL more, a status nothing.
-- phase: base
-- transaction: one
-- lock: SHARE ROW EXCLUSIVE on dm_conversations and leads while triggers are added
-- owner: inbox
-- undo: 0055_base_conversation_texts.down.sql
--
--   search_text  lower(handle, name, first 280 characters of the newest message), one a line: a term never matches across two
--   handle_lc    lower(handle) without a leading @, at most 200 characters, in byte order: a prefix is a range
--   name_lc      the same of the lead's name
-- No role of a request may touch it: triggers write it, salesflow_search reads it (0307).
CALL salesflow.ensure_own_table('public.dm_conversation_texts', $$
  user_id uuid NOT NULL
  conversation_id uuid NOT NULL
  search_text text NOT NULL
  handle_lc text COLLATE "C"
  name_lc text COLLATE "C"
$$);
CALL salesflow.ensure_constraint('public.dm_conversation_texts', 'dm_conversation_texts_pkey', 'PRIMARY KEY (user_id, conversation_id)');
CALL salesflow.ensure_foreign_key('public.dm_conversation_texts', 'salesflow_conversation_fkey', 'user_id, conversation_id', 'public.dm_conversations (user_id, id)', 'ON DELETE CASCADE');
CALL salesflow.ensure_index('public.dm_conversation_texts', 'dm_conversation_texts_handle_idx', '(user_id, handle_lc, conversation_id)');
CALL salesflow.ensure_index('public.dm_conversation_texts', 'dm_conversation_texts_name_idx', '(user_id, name_lc, conversation_id)');
CALL salesflow.enable_rls('public.dm_conversation_texts');

CREATE FUNCTION salesflow.conversation_text(p_handle text, p_name text, p_message text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT lower(concat_ws(E'\n', p_handle, p_name, left(p_message, 280)))
$$;

CREATE FUNCTION salesflow.add_conversation_texts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.dm_conversation_texts AS t (user_id, conversation_id, search_text, handle_lc, name_lc)
  SELECT a.user_id, a.id, salesflow.conversation_text(a.platform_contact_handle, l.name, a.last_message_text),
         left(ltrim(lower(a.platform_contact_handle), '@'), 200), left(lower(l.name), 200)
  FROM added AS a LEFT JOIN public.leads AS l ON l.id = a.contact_id AND l.user_id = a.user_id
  WHERE a.user_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION salesflow.set_conversation_text() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_name text := (SELECT l.name FROM public.leads AS l WHERE l.id = NEW.contact_id AND l.user_id = NEW.user_id);
BEGIN
  IF NEW.user_id IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.dm_conversation_texts AS t (user_id, conversation_id, search_text, handle_lc, name_lc)
  VALUES (NEW.user_id, NEW.id, salesflow.conversation_text(NEW.platform_contact_handle, v_name, NEW.last_message_text),
          left(ltrim(lower(NEW.platform_contact_handle), '@'), 200), left(lower(v_name), 200))
  ON CONFLICT (user_id, conversation_id) DO UPDATE
  SET search_text = excluded.search_text, handle_lc = excluded.handle_lc, name_lc = excluded.name_lc;
  RETURN NULL;
END $$;

-- A renamed lead is found by its new name in each of its conversations.
CREATE FUNCTION salesflow.rename_in_conversation_texts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.dm_conversation_texts AS t
  SET search_text = salesflow.conversation_text(c.platform_contact_handle, NEW.name, c.last_message_text),
      name_lc = left(lower(NEW.name), 200)
  FROM public.dm_conversations AS c
  WHERE c.user_id = NEW.user_id AND c.contact_id = NEW.id AND t.user_id = c.user_id AND t.conversation_id = c.id;
  RETURN NULL;
END $$;

-- A conversation of another user is searched by that user alone.
CREATE FUNCTION salesflow.leave_conversation_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.dm_conversation_texts AS t WHERE t.user_id = OLD.user_id AND t.conversation_id = OLD.id;
  RETURN NEW;
END $$;
CALL salesflow.ensure_trigger('public.dm_conversations', 'salesflow_leave_user', 'BEFORE UPDATE OF user_id',
  'FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION salesflow.leave_conversation_user()');
CALL salesflow.ensure_trigger('public.dm_conversations', 'salesflow_text_insert', 'AFTER INSERT',
  'REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION salesflow.add_conversation_texts()');
CALL salesflow.ensure_trigger('public.dm_conversations', 'salesflow_text_update', 'AFTER UPDATE',
  'FOR EACH ROW WHEN ((OLD.user_id, OLD.platform_contact_handle, OLD.contact_id, OLD.last_message_text) IS DISTINCT FROM (NEW.user_id, NEW.platform_contact_handle, NEW.contact_id, NEW.last_message_text)) EXECUTE FUNCTION salesflow.set_conversation_text()');
CALL salesflow.ensure_trigger('public.leads', 'salesflow_text_rename', 'AFTER UPDATE OF name',
  'FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION salesflow.rename_in_conversation_texts()');
CALL salesflow.seal();
