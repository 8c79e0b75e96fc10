"""A real SSH server of the user who runs the tests, on the loopback address, with keys and a port of its own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
HOW_TO_INSTALL = "needs a real SSH server: apt-get install openssh-server"
HOST = "127.0.0.1"
SECONDS_TO_START = 20
SETTINGS = """\
ListenAddress {host}
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/pid
PasswordAuthentication no
UsePAM no
StrictModes no
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Server:
    """An SSH server, and the key that it lets in."""

    port: int
    key: Path


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run a server whose files lie in `folder`, which exists, for as long as the context lasts."""
    server = Server(free_port(), folder / "user")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # which sshd of the user root asks for
    (folder / "config").write_text(SETTINGS.format(host=HOST, port=server.port, folder=folder), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        _wait(server.port, process, folder / "log")
        yield server
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Port that nothing listens on."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"sshd does not listen: {log.read_text('utf-8')}")
