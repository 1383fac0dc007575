#include "tests/support/many_events.hpp"

namespace salesflow::test {

void fill_events(TestDatabase& database, const std::string& user_id, const std::string& org_id, int count, int days) {
  database.run_as(
      Login::owner,
      "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, text, normalized_text, "
      "autopilot_status, created_at) SELECT $1, $2, CASE WHEN i % 5 = 0 THEN NULL ELSE gen_random_uuid() END, "
      "(ARRAY['email','whatsapp','instagram','linkedin'])[1 + (i * 7) % 4], CASE WHEN i % 3 = 0 THEN 'outbound' ELSE "
      "'inbound' END, 'text ' || i, 'text ' || i, CASE WHEN i % 13 = 0 THEN 'pending' WHEN i % 13 < 4 THEN 'suggested' "
      "ELSE 'sent' END, now() - i * ($4::integer * interval '1 day' / $3::integer) FROM generate_series(1, "
      "$3::integer) AS i",
      {user_id, org_id, std::to_string(count), std::to_string(days)});
}

void adorn_events(TestDatabase& database) {
  database.run_as(Login::owner, R"sql(
CREATE SEQUENCE public.event_numbers;
ALTER TABLE public.message_events ADD COLUMN number bigint;
ALTER TABLE public.message_events ALTER COLUMN number SET DEFAULT nextval('public.event_numbers');
GRANT USAGE ON SEQUENCE public.event_numbers TO salesflow_app;
ALTER SEQUENCE public.event_numbers OWNED BY public.message_events.number;
ALTER TABLE public.message_events ADD COLUMN gone integer;
ALTER TABLE public.message_events DROP COLUMN gone;
ALTER TABLE public.message_events ADD COLUMN shout text GENERATED ALWAYS AS (upper(channel)) STORED;
ALTER TABLE public.message_events ADD CONSTRAINT own_check CHECK (length(normalized_text) < 100000) NOT VALID;
ALTER TABLE public.message_events ADD CONSTRAINT own_key FOREIGN KEY (org_id) REFERENCES public.organizations (id) ON DELETE SET NULL;
ALTER TABLE public.message_events ALTER COLUMN channel SET STATISTICS 300, ALTER COLUMN user_id SET (n_distinct = -0.01);
CREATE INDEX own_index ON public.message_events (channel text_pattern_ops) INCLUDE (direction) WITH (fillfactor = 70) WHERE direction = 'inbound';
CREATE STATISTICS public.own_statistics (dependencies) ON channel, direction FROM public.message_events;
CREATE VIEW public.own_view WITH (security_invoker, security_barrier) AS SELECT id, user_id, channel FROM public.message_events WHERE direction = 'inbound';
CREATE VIEW public.own_view_above AS SELECT user_id, count(*) AS n FROM public.own_view GROUP BY user_id;
CREATE MATERIALIZED VIEW public.own_totals AS SELECT user_id, channel, count(*) AS n FROM public.message_events GROUP BY 1, 2;
CREATE UNIQUE INDEX own_totals_key ON public.own_totals (user_id, channel);
CREATE MATERIALIZED VIEW public.own_totals_above WITH (fillfactor = 90) AS SELECT user_id, sum(n) AS n FROM public.own_totals GROUP BY 1;
CREATE INDEX own_totals_above_key ON public.own_totals_above (user_id);
CREATE MATERIALIZED VIEW public.own_empty AS SELECT id FROM public.message_events WITH NO DATA;
CREATE VIEW public.own_totals_view AS SELECT * FROM public.own_totals;
GRANT SELECT ON public.own_view, public.own_totals_view TO salesflow_app;
GRANT SELECT ON public.own_totals TO salesflow_worker;
GRANT SELECT (id, channel), UPDATE (channel) ON public.message_events TO salesflow_worker;
GRANT REFERENCES ON public.message_events TO salesflow_auth WITH GRANT OPTION;
CREATE TABLE public.own_log (event_id uuid, what text);
CREATE FUNCTION public.own_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN INSERT INTO public.own_log VALUES (coalesce(NEW.id, OLD.id), TG_OP); RETURN NULL; END $$;
CREATE TRIGGER own_row_trigger AFTER INSERT OR DELETE ON public.message_events FOR EACH ROW WHEN (pg_trigger_depth() < 5) EXECUTE FUNCTION public.own_note();
CREATE TRIGGER own_disabled AFTER UPDATE OF channel ON public.message_events FOR EACH ROW EXECUTE FUNCTION public.own_note('x');
ALTER TABLE public.message_events DISABLE TRIGGER own_disabled;
CREATE TRIGGER own_always AFTER TRUNCATE ON public.message_events FOR EACH STATEMENT EXECUTE FUNCTION public.own_note();
ALTER TABLE public.message_events ENABLE ALWAYS TRIGGER own_always;
CREATE POLICY own_policy ON public.message_events FOR SELECT TO salesflow_worker, salesflow_auth USING (channel = 'internal');
ALTER TABLE public.own_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_elsewhere ON public.own_log FOR SELECT TO salesflow_app USING (event_id IN (SELECT id FROM public.message_events));
CREATE FUNCTION public.own_count() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM public.message_events; END;
CREATE PUBLICATION own_publication FOR TABLE public.message_events (id, user_id, created_at, direction, channel), public.leads;
COMMENT ON TABLE public.message_events IS 'it''s ours';
COMMENT ON COLUMN public.message_events.channel IS 'where';
COMMENT ON CONSTRAINT own_check ON public.message_events IS 'short';
COMMENT ON INDEX public.own_index IS 'an index';
COMMENT ON TRIGGER own_row_trigger ON public.message_events IS 'a trigger';
COMMENT ON POLICY own_policy ON public.message_events IS 'a policy';
COMMENT ON STATISTICS public.own_statistics IS 'statistics';
COMMENT ON MATERIALIZED VIEW public.own_totals IS 'totals')sql");
}

}  // namespace salesflow::test
