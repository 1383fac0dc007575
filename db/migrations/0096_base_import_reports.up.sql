-- why: an import's report told the rows that were refused only. A field that a row lost, a row whose lead was there
--      already and what an update changed of it were a number at most, and columns of the file that fill nothing were not told.
-- phase: base
-- transaction: one
-- lock: ACCESS EXCLUSIVE on import_jobs and import_errors while columns are added (no rewrite, no scan)
-- owner: imports
-- undo: 0096_base_import_reports.down.sql
--
--   import_jobs.unmapped_columns  names of the file's columns that fill nothing of a lead
--   import_jobs.fields_dropped    fields that rows came in without
--   import_errors.kind            refused: the row; field_dropped: `field` of it; skipped and updated: its lead was there,
--                                 known by `field`, and is `lead_id` (NULL in a dry run that met it in the file itself)
--   import_errors.part            several things may be told of a line (its key: 0097)
--   import_errors.changed         what an update changed of the lead, names with ", " between them
CALL salesflow.ensure_own_table('public.import_jobs', $$
  unmapped_columns jsonb NOT NULL DEFAULT '[]'
  fields_dropped bigint NOT NULL DEFAULT 0
$$);
CALL salesflow.ensure_own_table('public.import_errors', $$
  kind text NOT NULL DEFAULT 'refused' CHECK (kind IN ('refused', 'field_dropped', 'skipped', 'updated'))
  part bigint NOT NULL DEFAULT 0
  lead_id uuid
  changed text
$$);
CALL salesflow.seal();
