"""Servers of one file that behave as real ones do, the bad ones too."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = random.Random(1).randbytes(300_000)
NOWHERE = "http://127.0.0.1:9"  # the discard port, on which nothing listens
LOGIN_PAGE = b"\n<!DOCTYPE html>\n<html><title>Log in</title><form></form></html>\n"

Manner = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers each request in the next manner, the last for good; keeps the paths and ranges that were asked for."""

    def __init__(self, *manners: Manner) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.manners = list(manners)
        self.paths: list[str] = []
        self.ranges: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        # A client that hangs up on wrong bytes is no error, and a traceback would stand between its lines.
        return


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.server.ranges.append(self.headers["Range"])
        manners = self.server.manners
        (manners.pop(0) if len(manners) > 1 else manners[0])(self)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serving(*manners: Manner) -> Iterator[Server]:
    server = Server(*manners)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Serve:
    """Serve the content, or the range of it that is asked for, to its end or cut after some bytes."""

    content: bytes = CONTENT
    cut_after: int | None = None
    ranges: bool = True
    announced: bool = True
    type: str | None = None
    encoding: str | None = None
    stall: float = 0  # seconds between the last byte and the end of the connection

    drip: float = 0  # seconds before each single byte

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers["Range"] if self.ranges else None
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if wanted and start >= len(self.content):
            handler.send_error(416)
            return
        handler.send_response(206 if wanted else 200)
        if wanted:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        if self.announced:
            handler.send_header("Content-Length", str(len(self.content) - start))
        if self.type:
            handler.send_header("Content-Type", self.type)
        if self.encoding:
            handler.send_header("Content-Encoding", self.encoding)
        handler.end_headers()
        content = self.content[start:][: self.cut_after]
        for at in range(len(content)) if self.drip else ():
            time.sleep(self.drip)
            handler.wfile.write(content[at : at + 1])
        handler.wfile.write(b"" if self.drip else content)
        handler.wfile.flush()
        time.sleep(self.stall)


def status(code: int) -> Manner:
    return lambda handler: handler.send_error(code)
