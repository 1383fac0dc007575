"""Private servers on loopback, for failover.py and restore.py: everything in one folder, servers as a user that PostgreSQL takes.

What is started ends with the program, also when that is killed (PR_SET_PDEATHSIG)."""

import ctypes
import json
import os
import pathlib
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HA = ROOT / "deploy" / "ha"
BIN = "/usr/lib/postgresql/15/bin"
# PostgreSQL refuses root.
USER = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
ROLES = ("salesflow_owner", "salesflow_app", "salesflow_auth", "salesflow_worker")
_libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A test failed, or could not be set up. The text says why."""


def say(text):
    print(text, flush=True)


def skip_without(*programs):
    """Ends with code 77 and a line that names what is absent."""
    missing = [p for p in programs if not (os.path.exists(f"{BIN}/{p}") or shutil.which(p, path="/usr/bin:/usr/sbin:/bin"))]
    if missing:
        say(f"SKIPPED: not installed: {', '.join(missing)} (script/bootstrap installs what this test needs)")
        raise SystemExit(77)


def wait_until(what, condition, seconds, pause=0.1):
    """The first true value of condition(); Failed after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(pause)


def free_ports(count):
    holders = [socket.socket() for _ in range(count)]
    for holder in holders:
        holder.bind(("127.0.0.1", 0))
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry))
    return found


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Rig:
    """A folder, and processes whose logs are in it."""

    def __init__(self, program):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sf-ha-", dir="/tmp"))
        shutil.chown(self.folder, USER)
        self.passwords = {role: secrets.token_hex(12) for role in (*ROLES, "postgres")}
        self.secret = secrets.token_hex(32)
        self.processes = {}
        self.postmasters = []  # data folders: a postmaster that Patroni started is nobody's child

    def __enter__(self):
        # What is started has to end, too, when a test run is called off.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, kind, error, _):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 5
        for process in self.processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for data in self.postmasters:  # Patroni may have stopped what it was about to kill
            if postmaster_of(data):
                kill_postgres(data, with_backends=True)
        if kind and os.environ.get("SALESFLOW_HA_KEEP"):
            say(f"logs are kept in {self.folder}")
        else:
            time.sleep(0.3)
            shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        for made in (path, path.parent):
            shutil.chown(made, USER)
        return path

    def make_folder(self, name):
        path = self.folder / name
        path.mkdir(mode=0o700)
        shutil.chown(path, USER)
        return path

    def _options(self, program, environment):
        account = pwd.getpwnam(USER)
        plain = {"PATH": "/usr/bin:/bin:/usr/sbin", "LANG": "C.UTF-8", "HOME": str(self.folder), "PGCONNECT_TIMEOUT": "5"}
        options = {"env": {**plain, **(environment or {})}, "cwd": self.folder}
        # The service may lie where only its builder can go.
        if os.getuid() == 0 and str(program) != self.program:
            options.update(user=USER, group=account.pw_gid, extra_groups=[])
        return options

    def spawn(self, name, arguments, environment=None):
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen(
            [str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            preexec_fn=lambda: _libc.prctl(1, signal.SIGTERM), **self._options(arguments[0], environment))
        self.processes[name] = process
        return process

    def run(self, arguments, environment=None, seconds=300, stdin=None):
        given = {"input": stdin} if stdin else {"stdin": subprocess.DEVNULL}
        try:
            done = subprocess.run([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=seconds, **given, **self._options(arguments[0], environment))
        except subprocess.TimeoutExpired:
            raise Failed(f"{' '.join(map(str, arguments[:4]))} … not within {seconds} s") from None
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, arguments[:4]))} … ended with {done.returncode}:\n{done.stdout[-9000:]}")
        return done.stdout

    def log_tail(self, name, lines=15):
        try:
            return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def psql(self, host, port, sql, database="postgres", seconds=60):
        """Rows as lists of text, as the superuser."""
        out = self.run([f"{BIN}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port,
                        "-U", "postgres", "-d", database, "-f", "-"],
                       {"PGPASSWORD": self.passwords["postgres"]}, seconds, stdin=sql)
        return [line.split("\t") for line in out.splitlines()]

    def make_database(self, host, port):
        """Roles as docs/operations.md has them, and an empty database."""
        for role in ROLES:
            self.psql(host, port, f"CREATE ROLE {role} LOGIN PASSWORD '{self.passwords[role]}'")
        self.psql(host, port, "CREATE ROLE salesflow_search NOLOGIN; GRANT salesflow_search TO salesflow_owner")
        self.psql(host, port, "CREATE DATABASE crm OWNER salesflow_owner")

    def migrate(self, owner_url, *words):
        return self.run([self.program, "migrate", *(words or ("up",))], {"MIGRATION_DATABASE_URL": owner_url})

    def serve(self, name, url_of, port, environment=None):
        """url_of(role) → connection string. Returns when it is ready."""
        process = self.spawn(name, [self.program, "serve"], {
            "PORT": str(port), "SALESFLOW_HTTP_ADDRESS": "127.0.0.1", "SALESFLOW_THREADS": "2",
            "DATABASE_URL": url_of("salesflow_app"), "SALESFLOW_AUTH_DATABASE_URL": url_of("salesflow_auth"),
            "SALESFLOW_WORKER_DATABASE_URL": url_of("salesflow_worker"), "JWT_SECRET": self.secret,
            "SALESFLOW_HTTP_ACCESS_LOG": "false", "SALESFLOW_MAIL_SPOOL": str(self.folder / "mail"),
            "SALESFLOW_PASSWORD_MEMORY_KIB": "1024", "SALESFLOW_PASSWORD_PASSES": "1", **(environment or {})})

        def ready():
            if process.poll() is not None:
                raise Failed(f"{name} ended:\n{self.log_tail(name)}")
            return status_of(f"http://127.0.0.1:{port}/readyz") == 200

        wait_until(f"{name} is ready", ready, 30)
        return process


def postmaster_of(data):
    """Its process id, if it runs."""
    try:
        pid = int((pathlib.Path(data) / "postmaster.pid").read_text().split()[0])
        return pid if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "postgres" else None
    except (OSError, ValueError, IndexError):
        return None


def kill_postgres(data, with_backends):
    """SIGKILL. With its backends nothing of it runs on, as on a host that is lost; without, they notice by themselves."""
    pid = postmaster_of(data)
    if not pid:
        raise Failed(f"no postmaster in {data}")
    kill(pid, signal.SIGSTOP)
    backends = children_of(pid) if with_backends else []
    kill(pid, signal.SIGKILL)
    for backend in backends:
        kill(backend, signal.SIGKILL)


def status_of(url, method="GET", token=None):
    """HTTP status; 0 without an answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=20 if token else 2) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def post(url, body, token=None):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Failed(f"POST {url} answered {error.code}: {error.read()[:300]!r}") from None


def get(url, token):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Failed(f"GET {url} answered {error.code}: {error.read()[:300]!r}") from None


def loopback_network():
    """Three addresses of its own for three hosts, so that their ports are those of the files."""
    for _ in range(50):
        net = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}"
        try:
            for host in (1, 2, 3):
                for port in (2379, 2380, 5432, 8008):
                    with socket.socket() as probe:
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        probe.bind((f"{net}.{host}", port))
            return net
        except OSError:
            continue
    raise Failed("no loopback network where ports 2379, 2380, 5432 and 8008 are free (a server on 0.0.0.0?)")


def shipped(name, net, me=None):
    """A file of deploy/ha with the addresses of loopback; on host `me` its name and address, as deploy/ha/README.md says."""
    lines = []
    for line in (HA / name).read_text().splitlines():
        if me and not re.match(r"ETCD_INITIAL_CLUSTER=|  hosts:", line):
            line = re.sub(r"\bdb1\b", f"db{me}", line).replace("10.0.0.11", f"10.0.0.1{me}")
        lines.append(line.replace("10.0.0.1", f"{net}."))
    return "\n".join(lines) + "\n"
