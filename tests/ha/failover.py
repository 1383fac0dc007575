#!/usr/bin/python3
"""failover.py SALESFLOW [FAULT…]: three members as deploy/ha has them, two nodes of the service, and a load of writes that may be repeated.

The primary is switched over, its postmaster is killed, its host is lost. Nothing that was acknowledged may be lost or doubled, own
writes and what others see have to be there on both nodes, and the service has to be back without a restart."""

import collections
import http.client
import json
import random
import secrets
import signal
import sys
import threading
import time

import rig as r
from rig import Failed, say, wait_until

# What is done, and seconds: the aim, and what even a slow machine has to keep.
FAULTS = {
    "switchover": ("switch_over", 5, 40),
    "postmaster killed": ("kill_postmaster", 10, 60),
    "host lost": ("lose_host", 30, 120),
    "host frozen": ("freeze_host", 30, 120),  # by name only: it takes a minute and a half
}
PAUSE = 1.0  # longer without an acknowledgement on a node is an outage
WRITERS = 6


class Cluster:
    """etcd, Patroni and PostgreSQL on three hosts, HAProxy in front."""

    def __init__(self, rig):
        self.rig = rig
        self.net = r.loopback_network()
        self.frozen = []  # process ids
        self.redis_port, self.primary_port, self.standby_port, *self.node_ports = r.free_ports(5)
        rig.make_folder("sockets")
        for me in (1, 2, 3):
            self.write_member(me)
        haproxy = r.shipped("haproxy.cfg", self.net)
        for port, free in ((5000, self.primary_port), (5001, self.standby_port)):
            haproxy = haproxy.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        rig.write("haproxy.cfg", haproxy)

    def address(self, me):
        return f"{self.net}.{me}"

    def data(self, me):
        return self.rig.folder / f"db{me}" / "data"

    def write_member(self, me):
        rig = self.rig
        folder = f"db{me}"
        member = r.shipped("member.yml", self.net, me)
        for was, now in (("/var/lib/postgresql/15/salesflow", str(self.data(me))),
                         ("/var/lib/postgresql/.pgpass_patroni", str(rig.folder / folder / "pgpass")),
                         ("/var/run/postgresql", str(rig.folder / "sockets" / folder)),
                         ("shared_buffers: 4GB", "shared_buffers: 64MB"), ("maintenance_work_mem: 512MB", "maintenance_work_mem: 64MB"),
                         ("max_wal_size: 8GB", "max_wal_size: 1GB"), ("change-me-postgres", rig.passwords["postgres"])):
            if was not in member:
                raise Failed(f"deploy/ha/member.yml no longer says {was}")
            member = member.replace(was, now)
        rig.write(f"{folder}/etc/member.yml", member)
        rig.write(f"{folder}/etc/patroni.yml", r.shipped("patroni.yml", self.net))
        rig.make_folder(f"sockets/{folder}")
        r.shutil.chown(rig.folder / folder, r.USER)
        self.rig.postmasters.append(self.data(me))

    def start_etcd(self, me, state="new"):
        text = r.shipped("etcd.env", self.net, me)
        environment = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
        environment["ETCD_DATA_DIR"] = str(self.rig.folder / f"db{me}" / "etcd")
        environment["ETCD_INITIAL_CLUSTER_STATE"] = state
        self.rig.spawn(f"etcd{me}", ["/usr/bin/etcd"], environment)

    def start_patroni(self, me):
        self.rig.spawn(f"patroni{me}", ["/usr/bin/patroni", self.rig.folder / f"db{me}" / "etc"])

    def rest(self, me, path):
        return r.status_of(f"http://{self.address(me)}:8008/{path}", "OPTIONS")

    def primary(self):
        """The number of the member that holds the lock; 0 without one."""
        return next((me for me in (1, 2, 3) if self.rest(me, "primary") == 200), 0)

    def standbys(self, path="replica"):
        return [me for me in (1, 2, 3) if self.rest(me, path) == 200]

    def await_standbys(self):
        wait_until("two standbys, one of them synchronous",
                   lambda: len(self.standbys()) == 2 and self.standbys("synchronous"), 120)

    def start(self):
        for me in (1, 2, 3):
            self.start_etcd(me)
        for me in (1, 2, 3):
            self.start_patroni(me)
        wait_until("a primary", self.primary, 90)
        self.await_standbys()
        self.rig.spawn("haproxy", ["/usr/sbin/haproxy", "-db", "-f", self.rig.folder / "haproxy.cfg"])
        self.rig.spawn("redis", ["/usr/bin/redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "",
                                 "--appendonly", "no", "--dir", self.rig.folder])

    def psql(self, sql, database="crm"):
        return self.rig.psql(self.rig.folder / "sockets" / f"db{self.primary()}", 5432, sql, database)

    def through_haproxy(self, role):
        return f"postgresql://{role}:{self.rig.passwords[role]}@127.0.0.1:{self.primary_port}/crm"

    def all_hosts(self, role):
        hosts = ",".join(f"{self.address(me)}:5432" for me in (1, 2, 3))
        return f"postgresql://{role}:{self.rig.passwords[role]}@{hosts}/crm?target_session_attrs=read-write"

    def replicas(self):
        role = "salesflow_app"
        return ",".join(f"postgresql://{role}:{self.rig.passwords[role]}@{self.address(me)}:5432/crm" for me in (1, 2, 3))

    def start_nodes(self):
        """One through HAProxy, one that knows all hosts: both ways of deploy/ha/README.md."""
        for number, url_of in enumerate((self.through_haproxy, self.all_hosts)):
            self.rig.serve(f"node{number}", url_of, self.node_ports[number],
                           {"DATABASE_REPLICA_URL": self.replicas(), "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}"})

    def switch_over(self):
        leader = self.primary()
        candidate = self.standbys("synchronous")[0]
        self.rig.run(["/usr/bin/patronictl", "-c", self.rig.folder / f"db{leader}" / "etc", "switchover", "salesflow",
                      "--leader", f"db{leader}", "--candidate", f"db{candidate}", "--force"])

    def kill_postmaster(self):
        r.kill_postgres(self.data(self.primary()), with_backends=False)

    def lose_host(self):
        me = self.primary()
        for name in (f"patroni{me}", f"etcd{me}"):
            self.rig.processes[name].send_signal(signal.SIGKILL)
        r.kill_postgres(self.data(me), with_backends=True)
        return me

    def freeze_host(self):
        """Connections stay open and nothing answers, as with a machine whose disk or hypervisor hangs."""
        me = self.primary()
        postmaster = r.postmaster_of(self.data(me))
        self.frozen = [postmaster, *(self.rig.processes[f"{name}{me}"].pid for name in ("patroni", "etcd"))]
        for pid in self.frozen:
            r.kill(pid, signal.SIGSTOP)
        self.frozen += r.children_of(postmaster)
        for pid in self.frozen:
            r.kill(pid, signal.SIGSTOP)
        return me

    def bring_back(self, me):
        if self.frozen:
            for pid in self.frozen:
                r.kill(pid, signal.SIGCONT)
            self.frozen = []
        else:
            self.start_etcd(me, "existing")
            self.start_patroni(me)
        wait_until(f"db{me} follows again", lambda: self.rest(me, "replica") == 200, 60)


class Load:
    """Writers, each a user of its own: every message is sent under one key until it is acknowledged, then looked for."""

    def __init__(self, ports):
        self.ports = ports
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.attempts = []  # (begin, end, node, ok)
        self.wrong = []
        self.statuses = collections.Counter()
        self.kept = collections.Counter()  # X-Cache of reads
        self.reads = self.repeats = self.reads_failed = 0
        self.clusters = set()  # of stamps
        self.acknowledged = {}  # text → id
        self.open = set()  # texts without an acknowledgement
        self.threads = []

    def start(self):
        for number in range(WRITERS):
            answer = r.post(f"http://127.0.0.1:{self.ports[0]}/api/auth/signup", {
                "email": f"writer{number}@example.com", "password": "correct horse", "first_name": "Anna", "last_name": "Muster"})
            self.threads.append(threading.Thread(target=self.work, args=(number, answer["access_token"])))
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def note_wrong(self, text):
        with self.lock:
            self.wrong.append(text)

    def work(self, number, token):
        try:
            self.write(number, token)
        except Exception as problem:  # a thread that ends would be a load that is missed by nobody
            self.note_wrong(f"writer {number} ended: {problem!r}")

    def write(self, number, token):
        client = Client(self, token)
        acknowledged = 0
        while not self.stopping.is_set():
            text = f"w{number}-{acknowledged}"
            key = secrets.token_hex(8)
            with self.lock:
                self.open.add(text)
            node = (number + acknowledged) % 2
            while True:
                begin = time.monotonic()
                status, body = client.ask(node, "POST", "/api/autopilot/message-event",
                                          {"channel": "email", "direction": "inbound", "text": text}, key)
                end = time.monotonic()
                with self.lock:
                    self.attempts.append((begin, end, node, status == 200))
                    self.statuses[status] += 1
                if status == 200:
                    break
                if self.stopping.is_set():
                    return
                self.repeats += 1
                node = 1 - node
                time.sleep(0.05)
            with self.lock:
                self.open.discard(text)
                self.acknowledged[text] = body["event"]["id"]
            acknowledged += 1
            self.look(client, node, acknowledged, text)
            time.sleep(0.02)

    def look(self, client, node, acknowledged, text):
        """The writer on both nodes, with its stamps; and the same user elsewhere, who brings none."""
        for place, with_stamps in ((node, True), (1 - node, True), (random.randint(0, 1), False)):
            status, body = client.ask(place, "GET", "/api/autopilot/message-events?limit=3", with_stamps=with_stamps)
            self.judge_list(client, status, body, text, place, with_stamps)
        status, body = client.ask(1 - node, "GET", "/api/analytics/summary")
        if status == 200:
            self.reads += 1
            seen = find_number(body, "inbound_messages")
            if seen is None or seen < acknowledged:
                self.note_wrong(f"the dashboard on node{1 - node} with the stamps of {acknowledged} own writes counts {seen} ({client.last})")
        else:
            self.reads_failed += 1

    def judge_list(self, client, status, body, text, node, with_stamps):
        if status != 200:
            self.reads_failed += 1
            return
        self.reads += 1
        texts = [row.get("text") for row in rows_of(body)]
        if text not in texts:
            who = "its writer" if with_stamps else "another session"
            self.note_wrong(f"{who} does not see {text} on node{node}, but {texts} ({client.last})")


def rows_of(body):
    if isinstance(body, list):
        return body
    return next((value for value in body.values() if isinstance(value, list)), [])


def find_number(body, name):
    if isinstance(body, dict):
        if isinstance(body.get(name), int):
            return body[name]
        body = list(body.values())
    if isinstance(body, list):
        for value in body:
            found = find_number(value, name)
            if found is not None:
                return found
    return None


class Client:
    """A session: a connection a node, and the stamps of its own writes as cookies."""

    def __init__(self, load, token):
        self.load, self.token = load, token
        self.connections = {}
        self.cookies = {}
        self.last = {}  # of the last answer, for what is said of it

    def ask(self, node, method, path, body=None, key=None, with_stamps=True):
        """Status and body; status 0 without an answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if with_stamps and self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection = self.connections.get(node)
            if not connection:
                connection = http.client.HTTPConnection("127.0.0.1", self.load.ports[node], timeout=20)
                self.connections[node] = connection
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connections.pop(node, None)
            return 0, None
        self.last = {name: value for name, value in answer.getheaders() if name in ("X-Cache", "Age", "Date")}
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and value.startswith("sf_w"):
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        stamp = answer.getheader("SalesFlow-Xid")
        if method == "POST" and stamp:
            with self.load.lock:
                self.load.clusters.add(stamp.split(".")[0])
        if method == "GET":
            with self.load.lock:
                self.load.kept[answer.getheader("X-Cache") or "none"] += 1
        return answer.status, json.loads(text) if text and answer.status == 200 else None


def outage(attempts, node, since):
    """Seconds from `since`, and from the last acknowledgement before the outage, to its end: the last failure or pause of this node."""
    mine = sorted((a for a in attempts if a[2] == node), key=lambda a: a[1])
    acks = [end for _, end, _, ok in mine if ok]
    back = None
    failed_until = max((end for _, end, _, ok in mine if not ok and end > since), default=0)
    if failed_until:
        back = next((end for end in acks if end > failed_until), None)
        if back is None:
            return None
    for earlier, later in zip(acks, acks[1:]):
        if later > since and later - earlier > PAUSE:
            back = max(back or 0, later)
    if back is None:
        return 0.0, 0.0
    first_failed = min((begin for begin, end, _, ok in mine if not ok and end > since), default=back)
    last_before = max((end for end in acks if end <= max(since, min(first_failed, back - 0.001))), default=since)
    return back - since, back - max(since, last_before)


def is_back(load, since, calm=2.5):
    """Both nodes acknowledge again and nothing has failed for a while."""
    now = time.monotonic()
    with load.lock:
        recent = [a for a in load.attempts if a[1] > since]
    for node in (0, 1):
        mine = [a for a in recent if a[2] == node]
        if any(not ok and end > now - calm for _, end, _, ok in mine):
            return False
        if sum(ok and begin > now - calm for begin, _, _, ok in mine) < 5:
            return False
    return True


def break_it(name, action, load):
    _, aim, limit = FAULTS[name]
    since = time.monotonic()
    result = action()
    begun = max(since, time.monotonic() - 1) if name == "switchover" else since
    wait_until(f"the service after: {name}", lambda: time.monotonic() > begun + 6 and is_back(load, since), limit + 10)
    with load.lock:
        attempts = list(load.attempts)
    seconds = []
    for node, way in ((0, "HAProxy"), (1, "all hosts")):
        found = outage(attempts, node, since)
        if found is None:
            raise Failed(f"{name}: node{node} is not back")
        # A switch-over is counted from the first request that felt it; what comes before is patronictl's start.
        felt = found[1] if name == "switchover" else found[0]
        seconds.append(felt)
        say(f"  {name}: {way}: back after {felt:.1f} s" + (f" (aim {aim} s)" if felt <= aim else f", over the aim of {aim} s"))
    if max(seconds) > limit:
        raise Failed(f"{name}: back after {max(seconds):.1f} s; at most {limit} s")
    return result


def main():
    faults = sys.argv[2:] or ["switchover", "postmaster killed", "host lost"]
    if len(sys.argv) < 2 or not set(faults) <= set(FAULTS):
        say(__doc__)
        raise SystemExit(2)
    r.skip_without("etcd", "patroni", "patronictl", "haproxy", "redis-server", "postgres", "pg_rewind")
    started = time.monotonic()
    with r.Rig(sys.argv[1]) as rig:
        cluster = Cluster(rig)
        try:
            run(rig, cluster, faults)
        except Exception:
            for name in rig.processes:
                say(f"--- {name}\n{rig.log_tail(name)}")
            raise
    say(f"ha failover: passed in {time.monotonic() - started:.0f} s")


def run(rig, cluster, faults):
    started = time.monotonic()
    cluster.start()
    socket = rig.folder / "sockets" / f"db{cluster.primary()}"
    rig.make_database(socket, 5432)
    rig.migrate(cluster.through_haproxy("salesflow_owner"))
    cluster.start_nodes()
    say(f"three members, HAProxy and two nodes after {time.monotonic() - started:.0f} s")
    load = Load(cluster.node_ports)
    load.start()
    try:
        wait_until("a load", lambda: len(load.acknowledged) > 60 or load.wrong, 60)
        if load.wrong:
            raise Failed(f"wrong before anything broke: {load.wrong[0]}")
        for name in faults:
            before = timeline_of(cluster)
            lost = break_it(name, getattr(cluster, FAULTS[name][0]), load)
            if name != "postmaster killed" and timeline_of(cluster) <= before:
                raise Failed(f"{name}: another primary has to begin another timeline")
            if name in ("host lost", "host frozen"):
                cluster.bring_back(lost)
            cluster.await_standbys()
        wait_until("calm", lambda: is_back(load, 0), 30)
    finally:
        load.stop()
    judge(cluster, load, sum(name != "postmaster killed" for name in faults))
    for node in (0, 1):
        if rig.processes[f"node{node}"].poll() is not None:
            raise Failed(f"node{node} ended")


def timeline_of(cluster):
    return int(cluster.psql("SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int")[0][0])


def judge(cluster, load, changes):
    # Members that were lost and came back have to hold the same.
    wait_until("all members hold the same", lambda: cluster.psql(
        "SELECT count(*) FILTER (WHERE replay_lsn >= pg_current_wal_flush_lsn()) = 2 FROM pg_stat_replication")[0][0] == "t", 30)
    rows = cluster.psql("SELECT text, count(*), min(id::text) FROM message_events GROUP BY text")
    found = {text: (int(count), first) for text, count, first in rows}
    lost = [text for text, event in load.acknowledged.items() if found.get(text, (0, ""))[1] != event]
    doubled = [text for text, (count, _) in found.items() if count > 1]
    invented = [text for text in found if text not in load.acknowledged and text not in load.open]
    say(f"  {len(load.acknowledged)} writes acknowledged after {load.repeats} repeats: {len(lost)} lost, {len(doubled)} doubled; "
        f"{load.reads} reads ({load.reads_failed} failed meanwhile), {len(load.wrong)} wrong; answers by the cache: {dict(load.kept)}; "
        f"writes by status: {dict(load.statuses)}; databases in stamps: {len(load.clusters)}")
    for text in load.wrong[:3] + load.wrong[-2:]:
        say(f"  wrong: {text}")
    for what, of in (("lost", lost), ("doubled", doubled), ("invented", invented), ("wrong answers", load.wrong)):
        if of:
            raise Failed(f"{what}: {len(of)}, e.g. {of[0]}")
    if len(load.clusters) <= changes:
        raise Failed(f"stamps do not tell timelines apart: {load.clusters}")
    if not load.kept["hit"]:
        raise Failed("no answer came from the cache, so nothing was tried of it")


if __name__ == "__main__":
    try:
        main()
    except Failed as problem:
        say(f"ha failover: FAILED: {problem}")
        raise SystemExit(1) from None
