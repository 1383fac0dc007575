#!/usr/bin/python3
"""restore.py SALESFLOW [dump] [moment] [phases]: ways back are worth what going them showed.

dump    pg_dump and pg_restore into a fresh cluster: verify says equal, every table has the same rows per tenant, the service serves.
moment  base backup and WAL archive (deploy/ha/archive_wal), restored to a moment between two writes: the first is there, the second
        is not, and no answer that was kept before shows it.
phases  migrate down, phase by phase, and up again, while the service runs and somebody writes: no write fails, is lost or doubled,
        and no route fails but those that docs/operations.md names."""

import sys
import threading
import time

import rig as r
from rig import BIN, HA, Failed, say, wait_until

COUNTS = """
SELECT format('SELECT %L, %s, count(*), md5(string_agg(md5(t::text), '','' ORDER BY md5(t::text))) FROM %s AS t GROUP BY 2',
              c.oid::regclass, coalesce(tenant.expression, '''all'''), c.oid::regclass)
FROM pg_class AS c
LEFT JOIN LATERAL (SELECT string_agg(format('coalesce(%I::text, ''none'')', attname), ' || ''/'' || ' ORDER BY attname) AS expression
                   FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('user_id', 'org_id') AND NOT attisdropped) AS tenant ON true
WHERE c.relkind IN ('r', 'm') AND c.relnamespace::regnamespace::text IN ('public', 'salesflow') AND NOT c.relispartition
ORDER BY c.oid::regclass::text
"""


class Postgres:
    """A server as docs/operations.md sets one up, for one test."""

    def __init__(self, rig, name, settings=(), data=None):
        self.rig, self.name, self.port = rig, name, r.free_ports(1)[0]
        self.data = rig.folder / name
        if not data:
            password_file = rig.write(f"{name}.password", rig.passwords["postgres"])
            rig.run([f"{BIN}/initdb", "-D", self.data, "-U", "postgres", f"--pwfile={password_file}", "--auth=scram-sha-256",
                     "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
        rig.postmasters.append(self.data)
        self.settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={rig.folder}",
                         "shared_buffers=64MB", "shared_preload_libraries=pg_stat_statements", "timezone=UTC",
                         "log_timezone=UTC", *settings]
        self.start()

    def start(self):
        options = [word for setting in self.settings for word in ("-c", setting)]
        process = self.rig.spawn(self.name, [f"{BIN}/postgres", "-D", self.data, *options])

        def ready():
            if process.poll() is not None:
                raise Failed(f"{self.name} ended:\n{self.rig.log_tail(self.name)}")
            try:
                return self.psql("SELECT NOT pg_is_in_recovery()", "postgres") == [["t"]]
            except Failed:
                return False

        wait_until(f"{self.name} answers", ready, 60)

    def psql(self, sql, database="crm"):
        return self.rig.psql("127.0.0.1", self.port, sql, database)

    def url(self, role):
        return f"postgresql://{role}:{self.rig.passwords[role]}@127.0.0.1:{self.port}/crm"

    def tool(self, program, *arguments, stdin=None):
        environment = {"PGPASSWORD": self.rig.passwords["postgres"], "PGHOST": "127.0.0.1", "PGPORT": str(self.port),
                       "PGUSER": "postgres"}
        return self.rig.run([f"{BIN}/{program}", *arguments], environment, stdin=stdin)

    def rows(self):
        """Each table's rows per tenant, with a digest of them."""
        statements = ";\n".join(row[0] for row in self.psql(COUNTS))
        return {(table, tenant): (count, digest) for table, tenant, count, digest in self.psql(statements)}

    def fill(self):
        self.rig.make_database("127.0.0.1", self.port)
        self.rig.migrate(self.url("salesflow_owner"))
        self.rig.run([self.rig.program, "generate", "--events", "4000", "--scale", "0.04", "--users", "20", "--json"],
                     {"MIGRATION_DATABASE_URL": self.url("salesflow_owner")})
        # As a restore leaves them.
        views = self.psql("SELECT oid::regclass FROM pg_class WHERE relkind = 'm'")
        self.psql("; ".join(f"REFRESH MATERIALIZED VIEW {view}" for view, in views))

    def stop(self):
        self.rig.processes[self.name].send_signal(r.signal.SIGINT)
        self.rig.processes[self.name].wait(30)


def sign_up(port, email):
    return r.post(f"http://127.0.0.1:{port}/api/auth/signup",
                  {"email": email, "password": "correct horse", "first_name": "Anna", "last_name": "Muster"})["access_token"]


def write(port, token, text):
    r.post(f"http://127.0.0.1:{port}/api/autopilot/message-event", {"channel": "email", "direction": "inbound", "text": text}, token)


def texts(port, token):
    return [event["text"] for event in r.get(f"http://127.0.0.1:{port}/api/autopilot/message-events?limit=10", token)["events"]]


def stop_service(rig, name):
    rig.processes[name].terminate()
    rig.processes[name].wait(20)


def rehearse_dump(rig):
    first = Postgres(rig, "first")
    first.fill()
    port, = r.free_ports(1)
    rig.serve("service-first", first.url, port)
    token = sign_up(port, "anna@example.com")
    write(port, token, "before the dump")
    stop_service(rig, "service-first")
    # As docs/operations.md, "Backup and restore", has it.
    roles = first.tool("pg_dumpall", "--roles-only")
    dump = rig.folder / "crm.dump"
    first.tool("pg_dump", "--format=custom", f"--file={dump}", "crm")
    had = first.rows()
    first.stop()

    second = Postgres(rig, "second")
    # The superuser is there already; the rest has to work.
    roles = "\n".join(line for line in roles.splitlines() if line != "CREATE ROLE postgres;")
    second.tool("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-f", "-", stdin=roles)
    second.psql("CREATE DATABASE crm OWNER salesflow_owner", "postgres")
    second.tool("pg_restore", "--exit-on-error", "--dbname=crm", dump)
    second.psql("ANALYZE")
    rig.migrate(second.url("salesflow_owner"), "verify")
    has = second.rows()
    differing = sorted(key for key in had.keys() | has.keys() if had.get(key) != has.get(key))
    if differing:
        raise Failed(f"{len(differing)} of {len(had)} groups differ: " +
                     "; ".join(f"{key}: {had.get(key)} → {has.get(key)}" for key in differing[:5]))
    rig.serve("service-second", second.url, port)
    if "before the dump" not in texts(port, token):
        raise Failed(f"the restored database serves {texts(port, token)}")
    write(port, token, "after the restore")
    if texts(port, token)[:2] != ["after the restore", "before the dump"]:
        raise Failed(f"the restored database serves {texts(port, token)}")
    walled = second.psql("SELECT count(*) FROM pg_class WHERE relrowsecurity")[0][0]
    rig.run([rig.program, "rollup", "verify"], {"SALESFLOW_WORKER_DATABASE_URL": second.url("salesflow_worker")})
    stop_service(rig, "service-second")
    second.stop()
    return f"{len(had)} groups of {len({table for table, _ in had})} tables equal, {walled} tables under row level security"


def rehearse_moment(rig):
    archive = rig.make_folder("archive")
    # A copy, because PostgreSQL's user may not see the checkout.
    script = rig.write("archive_wal", (HA / "archive_wal").read_text(), 0o755)
    first = Postgres(rig, "live", ["archive_mode=on", f"archive_command={script} %p %f {archive}"])
    first.fill()
    redis, port = r.free_ports(2)
    rig.spawn("redis", ["/usr/bin/redis-server", "--port", redis, "--bind", "127.0.0.1", "--save", "", "--dir", rig.folder])
    kept = {"REDIS_URL": f"redis://127.0.0.1:{redis}"}
    rig.serve("service-live", first.url, port, kept)
    token = sign_up(port, "anna@example.com")
    base = rig.folder / "base"
    first.tool("pg_basebackup", f"--pgdata={base}", "--checkpoint=fast", "--wal-method=none", "--no-sync")
    write(port, token, "wanted")
    time.sleep(0.2)
    moment = first.psql("SELECT now()")[0][0]
    time.sleep(0.2)
    write(port, token, "a mistake")
    if texts(port, token) != ["a mistake", "wanted"]:
        raise Failed(f"before the restore the service answers {texts(port, token)}")
    texts(port, token)  # it is kept in Redis now
    last = first.psql("SELECT pg_walfile_name(pg_switch_wal())")[0][0]
    wait_until("the last segment is in the archive", (archive / last).exists, 20)
    stop_service(rig, "service-live")
    first.stop()

    # A folder of its own from the base backup, WAL from the archive, up to that moment.
    rig.write("base/recovery.signal", "")
    second = Postgres(rig, "base", [f"restore_command=cp {archive}/%f %p", f"recovery_target_time={moment}",
                                    "recovery_target_action=promote"], data=base)
    rig.migrate(second.url("salesflow_owner"), "verify")
    rig.serve("service-base", second.url, port, kept)
    seen = texts(port, token)
    if seen != ["wanted"]:
        raise Failed(f"restored to between two writes, the service answers {seen}")
    write(port, token, "from here on")
    if texts(port, token) != ["from here on", "wanted"]:
        raise Failed(f"restored, the service answers {texts(port, token)}")
    stop_service(rig, "service-base")
    return f"restored to {moment}: the write before is there, the one after is not"


# As they are asked here; others with more parameters. docs/operations.md, "Rollback by phase", names what needs phase 3.
NEED_PHASE_3 = {"/api/contacts/search", "/api/v2/collective-intelligence/analytics/dashboard"}


def ask_all(port, token):
    """Status by GET route of /openapi.json, with an id that nobody has and a word for what must be said."""
    statuses = {}
    for path, operations in r.get(f"http://127.0.0.1:{port}/openapi.json", token)["paths"].items():
        if "get" not in operations or "stream" in path:
            continue
        target, query = path, []
        for parameter in operations["get"].get("parameters", []):
            if parameter["in"] == "path":
                target = target.replace("{%s}" % parameter["name"], "01a22c2b-029f-734d-b73a-8b805f7d40a5")
            elif parameter["in"] == "query" and (parameter.get("required") or parameter["name"] == "q"):
                query.append(f"{parameter['name']}=anna")
        statuses[path] = r.status_of(f"http://127.0.0.1:{port}{target}{'?' if query else ''}{'&'.join(query)}", token=token)
    return statuses


def rehearse_phases(rig):
    server = Postgres(rig, "server")
    server.fill()
    port, = r.free_ports(1)
    rig.serve("service", server.url, port, {"ENABLE_CACHE": "false"})
    token = sign_up(port, "anna@example.com")
    written, failed, stop = [], [], threading.Event()

    def keep_writing():
        while not stop.is_set():
            text = f"w{len(written)}-{len(failed)}"
            try:
                write(port, token, text)
                written.append(text)
            except (Failed, OSError) as problem:
                failed.append(str(problem))
            time.sleep(0.03)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    routes = 0
    try:
        for step in (None, "phase2", "phase1", "base", "up"):
            if step:
                words = ("up",) if step == "up" else ("down", "--to", step, "--yes")
                rig.migrate(server.url("salesflow_owner"), *words)
            statuses = ask_all(port, token)
            routes = len(statuses)
            broken = {path for path, status in statuses.items() if status >= 500 or status == 0}
            may_break = set() if step in (None, "up") else NEED_PHASE_3
            if not broken <= may_break:
                raise Failed(f"at {step or 'the beginning'} these routes fail: {sorted(broken - may_break)}")
    finally:
        stop.set()
        writer.join(30)
    rig.migrate(server.url("salesflow_owner"), "verify")
    rig.run([rig.program, "rollup", "verify"], {"SALESFLOW_WORKER_DATABASE_URL": server.url("salesflow_worker")})
    rows = server.psql("SELECT text, count(*) FROM message_events WHERE text ~ '^w[0-9]+-[0-9]+$' GROUP BY text")
    counts = {text: int(count) for text, count in rows}
    wrong = [text for text in written if counts.get(text) != 1]
    if failed or wrong or len(written) < 20:
        raise Failed(f"{len(written)} writes, {len(failed)} failed ({failed[:1]}), {len(wrong)} lost or doubled ({wrong[:1]})")
    stop_service(rig, "service")
    return f"down to base and up again, {routes} routes asked at each step, {len(written)} writes, none failed, lost or doubled"


def main():
    rehearsals = {"dump": rehearse_dump, "moment": rehearse_moment, "phases": rehearse_phases}
    names = sys.argv[2:] or list(rehearsals)
    if len(sys.argv) < 2 or not set(names) <= set(rehearsals):
        say(__doc__)
        raise SystemExit(2)
    r.skip_without("postgres", "pg_dump", "pg_restore", "pg_basebackup", "redis-server")
    for name in names:
        started = time.monotonic()
        with r.Rig(sys.argv[1]) as rig:
            found = rehearsals[name](rig)
        say(f"  {name}: {found} ({time.monotonic() - started:.0f} s)")
    say("ha restore: passed")


if __name__ == "__main__":
    try:
        main()
    except Failed as problem:
        say(f"ha restore: FAILED: {problem}")
        raise SystemExit(1) from None
