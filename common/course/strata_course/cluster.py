"""A cluster of real processes on this machine: started, killed, paused, cut in two, and healed.

Everything is in data/cluster-weekNN: a folder and a log for each server, and cluster.json, which
says where they are. The servers are told of the ports of a relay (relay.py), not of their own, so
that they can be cut off from one another.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from . import packages, programs
from .ui import Failure, Usage, say

CLUSTERS_SINCE = 5
MOST_NODES = 30
PATIENCE = 30           # seconds, until a server listens or has ended
TAIL = 30               # lines of a log


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_alive(pid):
    """Whether the process runs; one that has ended and that nobody has asked about does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def wait_until(is_so, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Cluster:
    """The state of one cluster, as cluster.json has it."""

    def __init__(self, project, number):
        self.project = project
        self.number = number
        self.folder = project.home / "data" / f"cluster-week{number:02}"
        self.file = self.folder / "cluster.json"
        self.state = json.loads(self.file.read_text()) if self.file.exists() else None

    @property
    def servers(self):
        return self.state["servers"]

    def save(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        written = self.file.with_suffix(".new")
        written.write_text(json.dumps(self.state, indent=1))
        written.replace(self.file)

    def program(self, kind):
        return Path(self.state["programs"]) / f"week{self.number:02}-{kind}"

    def server(self, name):
        if name not in self.servers:
            raise Usage(f"the cluster has no server {name}; it has: {' '.join(self.servers)}")
        return self.servers[name]

    def address(self, name):
        return f"127.0.0.1:{self.servers[name]['at']}"

    def is_running(self, name):
        return is_alive(self.server(name).get("pid", 0))

    # ---- Processes

    def launch(self, command, log):
        with open(log, "ab") as out:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    cwd=self.project.home, start_new_session=True).pid

    def start_relay(self):
        log = self.folder / "relay.log"
        log.write_bytes(b"")
        script = Path(__file__).with_name("relay.py")
        self.state["relay"] = self.launch([sys.executable, "-B", str(script), str(self.file)], log)
        self.save()
        for name in self.servers:
            self.wait_for_line(log, f"carries for {name}", self.state["relay"])

    def tell_relay(self):
        self.save()
        os.kill(self.state["relay"], signal.SIGHUP)

    def start(self, name):
        server = self.server(name)
        log = self.folder / f"{name}.log"
        before = log.stat().st_size if log.exists() else 0
        server["pid"] = self.launch(
            [str(self.program("server")), "--node", name, "--data", str(self.folder / name),
             "--listen", f"127.0.0.1:{server['to']}", "--advertise", self.address(name),
             "--engine", self.state["engine"], *server["how"]], log)
        self.save()
        self.wait_for_line(log, "listening on", server["pid"], before)

    def wait_for_line(self, log, line, pid, after=0):
        def has_come():
            return line in log.read_bytes()[after:].decode(errors="replace")
        if wait_until(lambda: has_come() or not is_alive(pid)) and has_come():
            return
        text = log.read_bytes()[after:].decode(errors="replace").strip()
        raise Failure(f"it did not start:\n{text}")

    def signal(self, name, number):
        if not self.is_running(name):
            raise Failure(f"{name} does not run; to start it: ./strata cluster restart {name}")
        os.kill(self.servers[name]["pid"], number)

    def end(self, name, number):
        if not self.is_running(name):
            return
        self.signal(name, number)
        self.signal_if_alive(name, signal.SIGCONT)  # a process that stands still ends later
        if not wait_until(lambda: not self.is_running(name)):
            self.signal_if_alive(name, signal.SIGKILL)

    def signal_if_alive(self, name, number):
        if self.is_running(name):
            os.kill(self.servers[name]["pid"], number)

    # ---- What the servers say

    def ask(self, *commands):
        """The output of the week's shell, connected to all of them."""
        addresses = ",".join(self.address(name) for name in self.servers)
        done = subprocess.run([str(self.program("repl")), "--connect", addresses],
                              input="\n".join(commands) + "\n", capture_output=True, text=True,
                              check=False, timeout=60)
        if done.stderr and not done.stdout:
            raise Failure(done.stderr.strip())
        return [line for line in done.stdout.splitlines() if line != "Shutting down..."]


def running(project):
    """The cluster that was started last and not stopped."""
    for week in reversed(project.weeks()):
        cluster = Cluster(project, week.number)
        if cluster.state and is_alive(cluster.state.get("relay", 0)):
            return cluster
    raise Failure("no cluster runs; to start one: ./strata cluster start 5")


def start(project, number, nodes, engine):
    week = project.week(number)
    programs.ensure_whole(project, week)
    if number < CLUSTERS_SINCE:
        raise Usage(f"week {number} has no cluster; the first that has one is week {CLUSTERS_SINCE}")
    if not 1 <= nodes <= MOST_NODES:
        raise Usage(f"a cluster has 1 to {MOST_NODES} servers here")
    packages.ensure(project)
    tree = programs.build(project, programs.SHELLS,
                          (f"{week.label}-server", f"{week.label}-repl"))
    cluster = Cluster(project, number)
    begin(cluster, tree.program("x").parent, nodes, engine)
    first = next(iter(cluster.servers))
    say(f"a shell on it: {cluster.program('repl')} --connect {cluster.address(first)}")
    return status(cluster)


def begin(cluster, folder, nodes, engine="lsm"):
    """Starts it, new or with the servers that it had, with the programs in a folder."""
    project = cluster.project
    if cluster.state and is_alive(cluster.state.get("relay", 0)):
        raise Failure("this cluster runs already: ./strata cluster status")
    old = cluster.state["servers"] if cluster.state else {}
    names = list(old) or [f"n{index + 1}" for index in range(nodes)]
    if old and len(old) != nodes:
        say(f"going on with the {len(old)} servers in {project.shown(cluster.folder)}/")
    servers = {name: {"at": free_port(), "to": free_port()} for name in names}
    founders = [name for name in names if old.get(name, {}).get("how", ["--peers"])[0] == "--peers"]
    peers = ",".join(f"{name}=127.0.0.1:{servers[name]['at']}" for name in founders)
    for name, server in servers.items():
        server["how"] = (["--peers", peers] if name in founders
                         else ["--join", f"127.0.0.1:{servers[founders[0]]['at']}"])
    cluster.state = {"programs": str(folder), "engine": engine,
                     "servers": servers, "cut": []}
    cluster.save()
    cluster.start_relay()
    for name in names:
        cluster.start(name)
    wait_until(lambda: sum("epoch" in line and "epoch 0" not in line
                           for line in cluster.ask("STATUS")) >= len(names))


def status(cluster):
    """A line for each server: the process, and what it says of itself."""
    said = {}
    for line in cluster.ask("STATUS"):
        name, _, words = line.partition(": ")
        said[name] = words
    for name, server in cluster.servers.items():
        process = f"process {server['pid']}" if cluster.is_running(name) else "no process"
        cut = ", cut off" if name in cluster.state["cut"] else ""
        print(f"{name}  {cluster.address(name)}  {process}{cut}: {said.get(name, 'no member')}")
    return 0


def stop(cluster):
    for name in cluster.servers:
        cluster.end(name, signal.SIGTERM)
    os.kill(cluster.state["relay"], signal.SIGTERM)
    wait_until(lambda: not is_alive(cluster.state["relay"]))
    say(f"stopped; the data stay in {cluster.project.shown(cluster.folder)}/")
    return 0


def kill(cluster, name):
    cluster.signal(name, signal.SIGKILL)
    wait_until(lambda: not cluster.is_running(name))


def pause(cluster, name):
    cluster.signal(name, signal.SIGSTOP)


def resume(cluster, name):
    cluster.signal(name, signal.SIGCONT)


def restart(cluster, name):
    cluster.server(name)
    cluster.end(name, signal.SIGTERM)
    cluster.start(name)


def add(cluster):
    taken = [int(name[1:]) for name in cluster.servers]
    name = f"n{max(taken) + 1}"
    first = next(iter(cluster.servers))
    cluster.servers[name] = {"at": free_port(), "to": free_port(),
                             "how": ["--join", cluster.address(first)]}
    cluster.tell_relay()
    cluster.wait_for_line(cluster.folder / "relay.log", f"carries for {name}",
                          cluster.state["relay"])
    cluster.start(name)
    say(f"{name} joins; how far it is: MOVES in a shell")
    return 0


def remove(cluster, name):
    """Its keys go to the others, and then it ends. Its data stay."""
    cluster.server(name)
    answer = cluster.ask(f"LEAVE {name}")
    if not answer or not answer[0].startswith("OK"):
        raise Failure(answer[0] if answer else "nobody answers")
    if not wait_until(lambda: not any(line.startswith(f"{name}: ")
                                      for line in cluster.ask("STATUS")), 60):
        raise Failure(f"{name} still has keys to give away; see MOVES in a shell")
    cluster.end(name, signal.SIGTERM)
    del cluster.servers[name]
    cluster.tell_relay()


def partition(cluster, names):
    for name in names:
        cluster.server(name)
    cluster.state["cut"] = list(names)
    cluster.tell_relay()


def heal(cluster):
    cluster.state["cut"] = []
    cluster.tell_relay()


def logs(cluster, name):
    cluster.server(name)
    text = (cluster.folder / f"{name}.log").read_text(errors="replace")
    print("\n".join(text.splitlines()[-TAIL:]))
