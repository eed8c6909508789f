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

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="heaters-bench-")
        self.user = {"user": "postgres"} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        subprocess.run([PROGRAMS / "initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "postgres"], check=True,
                       stdout=subprocess.DEVNULL, cwd="/", **self.user)
        self.process = subprocess.Popen(
            [PROGRAMS / "postgres", "-D", f"{self.folder}/data", "-k", self.folder, "-p", str(self.port), "-c",
             "listen_addresses=127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.user)
        for _ in range(200):
            if subprocess.run(["psql", "-qc", "select", self.url("postgres")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("PostgreSQL does not start")

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database):
        subprocess.run(["psql", "-qc", f"create database {database}", self.url("postgres")], check=True)
        return self.url(database)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
