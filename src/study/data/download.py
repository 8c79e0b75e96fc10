"""Downloads a file from one place over a line however bad: what has arrived is kept, each attempt goes on behind it."""

import hashlib
import re
import time
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from http.client import IncompleteRead
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import HTTPError

from study.common.progress import BYTES, progress, say
from study.config.datasets import DataFile

DELAYS = (1.0, 2.0, 4.0)  # seconds before each further attempt after those that brought nothing
TIMEOUT = (10.0, 30.0)  # seconds to connect, and without any byte
LEAST_SPEED = 1000  # bytes a second; what brings less brings nothing
SPEED_SECONDS = 30.0  # over which it is measured
CHUNK = 1 << 16  # bytes
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
PAGE = re.compile(rb"\s*<(!doctype html|html|head|body|\?xml)", re.IGNORECASE)


class PlaceError(Exception):
    """A place does not serve the file; the text says what was found there."""


class PassingError(PlaceError):
    """What may be better at the next attempt."""


class WrongBytesError(PlaceError):
    """What arrived is not the file."""


def download(url: str, part: Path, expected: DataFile) -> None:
    """Download the file to `part`, or the rest of it, until as many attempts as DELAYS and one have brought nothing.

    Raises
    ------
    PlaceError
        If the file is not to be had there. What of it has arrived stays in `part`.
    """
    delays: Iterator[float] = iter(DELAYS)
    delay: float | None
    since, begun_anew = time.monotonic(), False
    while True:
        held = held_bytes(part, expected)
        try:
            if held < expected.bytes:
                _transfer(url, part, held, expected)
            return verify(part, expected)
        except WrongBytesError:
            part.unlink(missing_ok=True)
            # The first bytes may have been another place's or an older file's.
            if not held or begun_anew:
                raise
            begun_anew = True
        except PassingError as error:
            seconds, since = time.monotonic() - since, time.monotonic()
            if held_bytes(part, expected) - held >= LEAST_SPEED * seconds:
                delays, delay = iter(DELAYS), DELAYS[0]
            elif (delay := next(delays, None)) is None:
                raise
            say(f"  {error}; again in {delay:g} s")
            time.sleep(delay)


def held_bytes(part: Path, expected: DataFile) -> int:
    """Bytes of the file that an earlier attempt left; more than there should be are discarded."""
    held = part.stat().st_size if part.exists() else 0
    if held > expected.bytes:
        part.unlink()
        return 0
    return held


def verify(path: Path, expected: DataFile) -> None:
    """Raise a PlaceError if a file is not the one that is expected."""
    size = path.stat().st_size
    if size != expected.bytes:
        raise PassingError(f"{size} of {expected.bytes} bytes")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != expected.sha256:
        raise WrongBytesError(f"{size} bytes, but sha256 {sha256}")


def cause(error: BaseException) -> str:
    """What the operating system or the server said, without the wrapping of requests and urllib3."""
    while error.__context__ is not None:
        error = error.__context__
    if isinstance(error, IncompleteRead):
        return "connection cut"
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def _transfer(url: str, part: Path, held: int, expected: DataFile) -> None:
    try:
        with _ask(url, held) as response:
            _refuse_status(response)
            _receive(response, part, held, expected)
    except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
        arrived = held_bytes(part, expected)
        cut = f", at {arrived} of {expected.bytes} bytes" if arrived else ""
        raise PassingError(f"{cause(error)}{_by_proxy(url)}{cut}") from error
    except requests.RequestException as error:
        raise PlaceError(str(error)) from error


def _ask(url: str, held: int) -> requests.Response:
    """Ask for the file behind what is held; for the whole file where nothing is said to be there."""
    # A server that compresses on the way, or says that it did because of the suffix, must not change the bytes.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held}-"} if held else {})
    response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    if held and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        response.close()
        return _ask(url, 0)
    return response


def _refuse_status(response: requests.Response) -> None:
    status = response.status_code
    if status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        return
    passing = status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    raise (PassingError if passing else PlaceError)(f"HTTP {status} {response.reason}{_by_proxy(response.url)}")


def _receive(response: requests.Response, part: Path, held: int, expected: DataFile) -> None:
    """Append what comes behind the bytes that are held; those come again if the server does not leave them out."""
    at = held if response.status_code == HTTPStatus.PARTIAL_CONTENT else 0
    announced, speed = response.raw.length_remaining, _Speed()
    chunks = iter(partial(response.raw.read1, CHUNK, decode_content=False), b"")
    first = next(chunks, b"")
    if PAGE.match(first):
        raise PlaceError(f"a web page instead of the file: is a login needed?{_by_proxy(response.url)}")
    if announced is not None and at + announced != expected.bytes:
        raise PlaceError(f"{at + announced} of {expected.bytes} bytes")
    with part.open("ab") as file, progress(part.stem, expected.bytes, at, BYTES) as advance:
        chunk = first
        while chunk:
            file.write(chunk[max(0, held - at) :])
            at += len(chunk)
            advance(len(chunk))
            if at > expected.bytes:
                raise WrongBytesError(f"more than {expected.bytes} bytes")
            speed.refuse_slow(len(chunk))
            chunk = next(chunks, b"")


class _Speed:
    """How fast bytes arrive."""

    def __init__(self) -> None:
        self._since, self._arrived = time.monotonic(), 0

    def refuse_slow(self, arrived: int) -> None:
        """Count bytes; raise a PassingError if they came too slowly for too long."""
        self._arrived += arrived
        seconds = time.monotonic() - self._since
        if seconds < SPEED_SECONDS:
            return
        if self._arrived < LEAST_SPEED * seconds:
            raise PassingError(f"too slow: {self._arrived / seconds:.0f} bytes a second")
        self._since, self._arrived = time.monotonic(), 0


def _by_proxy(url: str) -> str:
    """Name the proxy between here and there, if there is one, but not the password in its address."""
    proxy = select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return ""
    address = urlsplit(proxy)
    return f" (by the proxy {address.hostname}:{address.port}, which HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names)"
