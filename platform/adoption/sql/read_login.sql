-- What the migrating login is and may: NULL where nothing is missing; for `salesflow adopt`.
-- params:   none
-- rows:     login text | superuser bool | roles_missing text | may_make_roles bool | may_make_schemas bool | tables_of_others text
-- index:    none: catalogue
-- mode:     read
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  10 s
-- budget:   0
SELECT r.rolname::text AS login, r.rolsuper AS superuser,
       (SELECT string_agg(n.name, ', ') FROM unnest(ARRAY['salesflow_owner', 'salesflow_app', 'salesflow_worker', 'salesflow_auth', 'salesflow_search']) AS n (name)
        WHERE NOT EXISTS (SELECT FROM pg_roles AS o WHERE o.rolname = n.name)) AS roles_missing,
       r.rolsuper OR r.rolcreaterole AS may_make_roles,
       r.rolsuper OR has_database_privilege(r.oid, current_database(), 'CREATE') OR EXISTS (SELECT FROM pg_namespace WHERE nspname = 'salesflow') AS may_make_schemas,
       (SELECT string_agg(format('%s (of %s)', c.relname, c.relowner::regrole), ', ' ORDER BY c.relname) FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')
          AND c.relname = ANY (ARRAY['activities', 'autopilot_settings', 'contacts', 'crm_notes', 'deals', 'dm_conversations', 'dm_messages',
            'dm_sequence_templates', 'followup_suggestions', 'lead_enrichments', 'lead_intents', 'lead_interactions', 'lead_verifications', 'leads',
            'message_events', 'message_queue', 'rlhf_feedback_sessions', 'tasks', 'users'])) AS tables_of_others
FROM pg_roles AS r WHERE r.rolname = current_user
