#!/bin/sh
# Run once by the postgres image, when its volume is empty: the login that only looks.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v database="$POSTGRES_DB" -v password="$SALESFLOW_EXPORTER_PASSWORD" <<'SQL'
CREATE ROLE salesflow_exporter LOGIN PASSWORD :'password';
GRANT pg_monitor TO salesflow_exporter;
GRANT CONNECT ON DATABASE :"database" TO salesflow_exporter;
SQL
