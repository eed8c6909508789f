"""A PostgreSQL server of its own, for benchmarks."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


class Server:
    """A PostgreSQL server in a temporary folder; PostgreSQL refuses to run as root."""

    def __init__(self, settings=(), folder=None):
        """`settings`: further options of the server, such as "fsync=off". `folder`: one that stays, with what is in it."""
        self.stays = folder is not None
        self.folder = str(folder) if folder else tempfile.mkdtemp(prefix="heaters-bench-")
        os.makedirs(self.folder, exist_ok=True)
        self.user = {"user": "postgres"} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.log = pathlib.Path(self.folder) / "server.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if not os.path.exists(f"{self.folder}/data/PG_VERSION"):
            subprocess.run([PROGRAMS / "initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "postgres"], check=True,
                           stdout=subprocess.DEVNULL, cwd="/", **self.user)
        options = [part for each in ("listen_addresses=127.0.0.1", *settings) for part in ("-c", each)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAMS / "postgres", "-D", f"{self.folder}/data", "-k", self.folder, "-p", str(self.port),
                                             *options], stdout=subprocess.DEVNULL, stderr=log, cwd="/", **self.user)
        for _ in range(600):
            if subprocess.run(["psql", "-qc", "select", self.url("postgres")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"PostgreSQL does not start: {self.log.read_text()[-500:]}")

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database):
        found = subprocess.run(["psql", "-XqAtc", f"SELECT 1 FROM pg_database WHERE datname = '{database}'", self.url("postgres")],
                               check=True, capture_output=True, text=True).stdout
        if not found.strip():
            subprocess.run(["psql", "-qc", f"create database {database}", self.url("postgres")], check=True)
        return self.url(database)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        if not self.stays:
            shutil.rmtree(self.folder, ignore_errors=True)
