"""Fetching a file: the right bytes or nothing, from servers that behave as real ones do."""

import base64
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml
from disks import read_only, small
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import CONTENT, LOGIN_PAGE, NOWHERE, Manner, Serve, Server, serving, status

from study.common.errors import StudyError
from study.config.datasets import DataFile, Dataset, load_datasets
from study.config.validation import ConfigError
from study.data.fetch import fetch, main
from study.data.prepare import FILES

CHECKOUT = Path(__file__).parents[2]
OTHER = random.Random(2).randbytes(len(CONTENT))
HALF = len(CONTENT) // 2
NAME = "numbers.gz"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def dataset(*mirrors: str) -> Dataset:
    files = {NAME: DataFile(bytes=len(CONTENT), sha256=SHA256)}
    about = {"title": "Numbers", "homepage": "https://example.org", "license": "CC0", "image_shape": [28, 28]}
    return Dataset(**about, mirrors=list(mirrors), files=files)


def tried(server: Server) -> int:
    return len(server.ranges)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study.data.download.DELAYS", (0.0, 0.001, 0.002))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def part_of(out: Path) -> Path:
    return out.with_name(f"{NAME}.part")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "numbers" / NAME


def in_folder(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


# Which place is asked


def test_the_first_place_that_has_the_file_is_the_last_asked(out: Path) -> None:
    with serving(status(404)) as first, serving(Serve()) as second, serving(Serve()) as third:
        fetch("numbers", dataset(first.url, second.url, third.url), NAME, out)
        assert (tried(first), tried(second), tried(third)) == (1, 1, 0)
    assert out.read_bytes() == CONTENT
    assert in_folder(out) == [NAME]


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_of_ones_own_comes_first(out: Path, tmp_path: Path, end: str) -> None:
    mine = tmp_path / "mine" / "numbers" / NAME
    mine.parent.mkdir(parents=True)
    mine.write_bytes(CONTENT)
    with serving(Serve()) as public:
        fetch("numbers", dataset(public.url), NAME, out, f"{tmp_path / 'mine'}{end}")
        assert tried(public) == 0
    assert out.read_bytes() == CONTENT


def test_a_url_of_ones_own_comes_first_and_is_laid_out_by_dataset(out: Path) -> None:
    paths = []

    def manner(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        Serve()(handler)

    with serving(manner) as mine, serving(Serve()) as public:
        fetch("numbers", dataset(public.url), NAME, out, f"{mine.url}/data/")
        assert tried(public) == 0
    assert paths == [f"/data/numbers/{NAME}"]
    assert out.read_bytes() == CONTENT


def test_a_password_in_the_address_of_a_mirror_is_used_and_never_shown(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def manner(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers["Authorization"])
        handler.send_error(403)

    with serving(manner) as mine, pytest.raises(StudyError) as raised:
        fetch("numbers", dataset(NOWHERE), NAME, out, mine.url.replace("//", "//me:secret@"))
    assert asked == [f"Basic {base64.b64encode(b'me:secret').decode()}"]
    assert f"{mine.url}/numbers/{NAME}: HTTP 403" in str(raised.value)
    assert "secret" not in str(raised.value) + "".join(capsys.readouterr())


def test_a_mistyped_folder_is_said_and_the_public_mirrors_serve(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Serve()) as public:
        fetch("numbers", dataset(public.url), NAME, out, str(tmp_path / "mien"))
    assert f"'{tmp_path / 'mien'}' is neither a folder nor an http(s) URL; is STUDY_DATA_MIRROR mistyped?" in (
        capsys.readouterr().err
    )
    assert out.read_bytes() == CONTENT


# Downloads that go wrong


def test_a_cut_download_is_resumed_where_it_stopped(out: Path) -> None:
    with serving(Serve(cut_after=HALF), Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
        first, second = server.ranges
    assert first is None
    assert second is not None
    assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= HALF
    assert out.read_bytes() == CONTENT


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.booleans(), st.booleans()), max_size=3))
def test_no_cut_changes_the_bytes(tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, bool, bool]]) -> None:
    out = tmp_path_factory.mktemp("cuts") / NAME
    manners = [Serve(cut_after=at, ranges=ranges, announced=announced) for at, ranges, announced in cuts]
    with serving(*manners, Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
    assert out.read_bytes() == CONTENT
    assert in_folder(out) == [NAME]


def test_a_server_that_ignores_ranges_serves_the_file_anew(out: Path) -> None:
    with serving(Serve(cut_after=HALF), Serve(ranges=False)) as server:
        fetch("numbers", dataset(server.url), NAME, out)
        assert server.ranges[1] is not None
    assert out.read_bytes() == CONTENT


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_a_passing_trouble_is_waited_for(out: Path, code: int) -> None:
    with serving(status(code), status(code), Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
    assert out.read_bytes() == CONTENT


def test_a_stalled_download_goes_on(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study.data.download.TIMEOUT", (1.0, 0.2))
    with serving(Serve(cut_after=HALF, stall=0.5), Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
        assert any(server.ranges)
    assert out.read_bytes() == CONTENT


def test_a_suffix_taken_for_a_transfer_encoding_does_not_change_the_bytes(out: Path) -> None:
    with serving(Serve(encoding="gzip")) as server:
        fetch("numbers", dataset(server.url), NAME, out)
    assert out.read_bytes() == CONTENT


WRONG = {
    "other bytes": (Serve(OTHER), f"{len(OTHER)} bytes, but sha256 {hashlib.sha256(OTHER).hexdigest()}"),
    "a shorter file": (Serve(CONTENT[:HALF]), f"{HALF} of {len(CONTENT)} bytes"),
    "a longer file": (Serve(CONTENT + b"+"), f"{len(CONTENT) + 1} of {len(CONTENT)} bytes"),
    "a longer file of unknown length": (Serve(CONTENT + b"+", announced=False), f"more than {len(CONTENT)} bytes"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_place_with_wrong_bytes_is_reported_once_and_passed_over(
    out: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    manner, found = WRONG[wrong]
    with serving(manner) as bad, serving(Serve()) as good:
        fetch("numbers", dataset(bad.url, good.url), NAME, out)
        assert tried(bad) == 1
        assert good.ranges == [None]
    assert f"Fetching {bad.url}/{NAME}\n  {found}\nFetching {good.url}/{NAME}\n" in capsys.readouterr().err
    assert out.read_bytes() == CONTENT


def test_the_half_of_another_file_does_not_spoil_the_next_place(out: Path) -> None:
    with serving(Serve(OTHER, cut_after=HALF), status(404)) as bad, serving(Serve()) as good:
        fetch("numbers", dataset(bad.url, good.url), NAME, out)
        assert good.ranges[1] is None
    assert out.read_bytes() == CONTENT


# Bad lines


def test_a_line_that_is_cut_again_and_again_ends_with_the_file(out: Path) -> None:
    with serving(Serve(cut_after=len(CONTENT) // 20)) as server:
        fetch("numbers", dataset(server.url), NAME, out)
        assert tried(server) == 20
    assert out.read_bytes() == CONTENT
    assert in_folder(out) == [NAME]


def test_attempts_that_brought_nothing_count_anew_after_one_that_did(out: Path) -> None:
    nothing = [status(503)] * 3
    with serving(*nothing, Serve(cut_after=HALF), *nothing, Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
    assert out.read_bytes() == CONTENT


def test_what_has_arrived_is_kept_for_the_next_call(out: Path) -> None:
    with serving(Serve(cut_after=HALF), status(404)) as server, pytest.raises(StudyError, match=f"the {HALF} of "):
        fetch("numbers", dataset(server.url), NAME, out)
    assert part_of(out).read_bytes() == CONTENT[:HALF]
    with serving(Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
        assert server.ranges == [f"bytes={HALF}-"]
    assert out.read_bytes() == CONTENT


WORSE = {
    "a file cut short": Serve(CONTENT[: HALF // 2]),
    "a cut, from the beginning": Serve(cut_after=HALF // 2, ranges=False),
    "a longer file": Serve(CONTENT + b"+"),
    "a login page": Serve(LOGIN_PAGE, ranges=False),
    "a login page of unknown length": Serve(LOGIN_PAGE, ranges=False, announced=False),
    "an error": status(403),
}


@pytest.mark.parametrize("manner", WORSE.values(), ids=WORSE)
def test_a_place_that_has_less_does_not_spoil_what_has_arrived(out: Path, manner: Manner) -> None:
    with serving(Serve(cut_after=HALF), status(404)) as good, serving(manner) as worse, pytest.raises(StudyError):
        fetch("numbers", dataset(good.url, worse.url), NAME, out)
    assert part_of(out).read_bytes() == CONTENT[:HALF]


def test_another_file_over_a_line_that_is_cut_is_given_up(out: Path) -> None:
    with serving(Serve(OTHER, cut_after=HALF)) as server:
        with pytest.raises(StudyError, match="but sha256"):
            fetch("numbers", dataset(server.url), NAME, out)
        assert tried(server) == 4
    assert in_folder(out) == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_login_page_is_called_one_and_not_asked_for_again(out: Path, announced: bool) -> None:
    with serving(Serve(LOGIN_PAGE, announced=announced)) as server:
        with pytest.raises(StudyError, match=f"{NAME}: a web page instead of the file: is a login needed"):
            fetch("numbers", dataset(server.url), NAME, out)
        assert tried(server) == 1
    assert in_folder(out) == []


def test_a_server_of_two_bytes_a_second_is_called_slow_and_the_next_one_is_asked(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("study.data.download.SPEED_SECONDS", 0.9)
    with serving(Serve(drip=0.5)) as slow, serving(Serve()) as good:
        fetch("numbers", dataset(slow.url, good.url), NAME, out)
        assert tried(slow) == 4
        assert good.ranges == ["bytes=8-"]
    assert "too slow: 2 bytes a second" in capsys.readouterr().err
    assert out.read_bytes() == CONTENT


def test_a_proxy_that_is_not_there_is_named_without_its_password(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("http_proxy", NOWHERE.replace("//", "//me:secret@"))
    with serving(Serve()) as server, pytest.raises(StudyError) as raised:
        fetch("numbers", dataset(server.url), NAME, out)
    assert f"{NAME}: connection refused (by the proxy 127.0.0.1:9, which HTTP_PROXY," in str(raised.value)
    assert "secret" not in str(raised.value)


def test_an_error_of_a_proxy_is_said_to_be_of_it(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(status(407)) as proxy:
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("http_proxy", proxy.url)
        with pytest.raises(StudyError, match=r"HTTP 407 Proxy Authentication Required \(by the proxy 127.0.0.1:"):
            fetch("numbers", dataset("http://example.invalid"), NAME, out)


# Disks


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A folder that is a mirror."""
    folder = tmp_path / "mine" / "numbers"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(CONTENT)
    return str(folder.parent)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_full_disk_is_not_blamed_on_a_mirror_that_is_a_folder(
    tmp_path: Path, mine: str, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    if not is_known:
        monkeypatch.setattr("study.data.fetch.require_room", lambda *_: None)
    with small(tmp_path / "disk") as disk:
        with pytest.raises(StudyError) as raised:
            fetch("numbers", dataset(NOWHERE), NAME, disk / NAME, mine)
        assert list(disk.iterdir()) == []
    why = "300.0 kB are needed" if is_known else "no space left on device"
    assert str(raised.value) == (
        f"{disk / NAME}: cannot be written: {why}; 16.4 kB are free in {disk}. Make room there, then run the same"
        " command again. Nothing half-written was kept."
    )


def test_a_download_that_fills_the_disk_goes_on_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small(tmp_path / "disk") as disk, serving(Serve()) as server:
        with pytest.raises(StudyError, match=r"300.0 kB are needed; 16.4 kB are free"):
            fetch("numbers", dataset(server.url), NAME, disk / NAME)
        assert tried(server) == 0
        monkeypatch.setattr("study.data.fetch.require_room", lambda *_: None)
        with pytest.raises(StudyError, match=r"no space left .*; 0 bytes .* goes on from the 16384 of 300000 bytes"):
            fetch("numbers", dataset(server.url), NAME, disk / NAME)
        subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
        fetch("numbers", dataset(server.url), NAME, disk / NAME)
        assert server.ranges == [None, "bytes=16384-"]
        assert (disk / NAME).read_bytes() == CONTENT


def test_a_read_only_disk_is_told(tmp_path: Path, mine: str) -> None:
    with read_only(tmp_path / "disk") as disk, serving(Serve()) as server:
        for mirror in (mine, None):
            with pytest.raises(StudyError, match=r"numbers.gz: cannot be written: read-only file system; .* Make it "):
                fetch("numbers", dataset(server.url), NAME, disk / NAME, mirror)


# What an earlier process left


LEFT = {
    "half": CONTENT[:HALF],
    "half of another file": OTHER[:HALF],
    "all": CONTENT,
    "all of another file": OTHER,
    "too much": CONTENT + b"+",
    "nothing": b"",
}


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("ranges", [True, False])
def test_what_a_killed_process_left_is_taken_up_or_discarded(out: Path, left: str, ranges: bool) -> None:
    out.parent.mkdir(parents=True)
    out.with_name(f"{NAME}.part").write_bytes(LEFT[left])
    with serving(Serve(ranges=ranges)) as server:
        fetch("numbers", dataset(server.url), NAME, out)
    assert out.read_bytes() == CONTENT
    assert in_folder(out) == [NAME]


def test_what_lies_beyond_the_end_of_a_servers_file_is_asked_for_anew(out: Path) -> None:
    out.parent.mkdir(parents=True)
    out.with_name(f"{NAME}.part").write_bytes(CONTENT[:HALF])
    with serving(status(416), Serve()) as server:
        fetch("numbers", dataset(server.url), NAME, out)
        assert server.ranges == [f"bytes={HALF}-", None]
    assert out.read_bytes() == CONTENT


def test_a_killed_download_leaves_no_target_and_is_resumed(out: Path, tmp_path: Path) -> None:
    with serving(Serve(cut_after=HALF, stall=2), Serve()) as server:
        config = tmp_path / "datasets.yaml"
        config.write_text(yaml.safe_dump({"numbers": dataset(server.url).model_dump()}))
        command = [
            sys.executable,
            "-m",
            "study.data.fetch",
            "numbers",
            NAME,
            "--out",
            str(out),
            "--datasets",
            str(config),
        ]
        environment = {key: value for key, value in os.environ.items() if key != "STUDY_DATA_MIRROR"}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            part = out.with_name(f"{NAME}.part")
            give_up = time.monotonic() + 10
            while not (part.exists() and part.stat().st_size) and time.monotonic() < give_up:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        assert in_folder(out) == [part.name]
        fetch("numbers", dataset(server.url), NAME, out)
        assert server.ranges[1] is not None
    assert out.read_bytes() == CONTENT
    assert in_folder(out) == [NAME]


# When nothing helps


def test_the_error_says_what_was_found_everywhere_and_what_to_do(out: Path, tmp_path: Path) -> None:
    with (
        serving(status(404)) as gone,
        serving(status(503)) as busy,
        serving(Serve(OTHER)) as other,
        serving(Serve(cut_after=0)) as torn,
        serving(Serve(CONTENT[:HALF], announced=False), status(403)) as short,
    ):
        servers = [gone, busy, other, short, torn]
        with pytest.raises(StudyError) as error:
            fetch("numbers", dataset(*(server.url for server in servers), NOWHERE), NAME, out, str(tmp_path))
        assert [tried(server) for server in servers] == [1, 4, 1, 2, 4]
    message = str(error.value)
    assert message.startswith(
        f"numbers/{NAME} could not be fetched. Expected: {len(CONTENT)} bytes, sha256 {SHA256}. Found:\n"
    )
    for place, found in {
        str(tmp_path / "numbers"): "no such file or directory",
        gone.url: "HTTP 404 Not Found",
        busy.url: "HTTP 503 Service Unavailable",
        other.url: f"{len(OTHER)} bytes, but sha256 {hashlib.sha256(OTHER).hexdigest()}",
        short.url: "HTTP 403 Forbidden",
        torn.url: f"connection cut, at {HALF} of {len(CONTENT)} bytes",
        NOWHERE: "connection refused",
    }.items():
        assert f"  {place}/{NAME}: {found}" in message
    assert "set STUDY_DATA_MIRROR to a folder or an http(s) URL laid out as <dataset>/<file>" in message
    assert message.endswith(f"It goes on from the {HALF} of {len(CONTENT)} bytes that are kept in {part_of(out)}.")


def test_a_file_cut_short_at_its_source_is_said_with_its_length(out: Path) -> None:
    with serving(Serve(CONTENT[:HALF], announced=False, ranges=False)) as server:
        with pytest.raises(StudyError, match=f"{server.url}/{NAME}: {HALF} of {len(CONTENT)} bytes"):
            fetch("numbers", dataset(server.url), NAME, out)
        assert tried(server) == 5


@pytest.mark.parametrize(("content", "found"), [(CONTENT[:HALF], f"{HALF} of {len(CONTENT)}"), (OTHER, "but sha256")])
def test_a_wrong_file_in_a_folder_of_ones_own_is_said(out: Path, tmp_path: Path, content: bytes, found: str) -> None:
    mine = tmp_path / "numbers" / NAME
    mine.parent.mkdir()
    mine.write_bytes(content)
    with pytest.raises(StudyError, match=f"{mine}: .*{found}"):
        fetch("numbers", dataset(NOWHERE), NAME, out, str(tmp_path))
    assert in_folder(out) == []


def test_an_address_that_is_none_is_said(out: Path) -> None:
    with pytest.raises(StudyError, match=r"http://127.0.0.1:port/numbers/numbers.gz: Failed to parse"):
        fetch("numbers", dataset(NOWHERE), NAME, out, "http://127.0.0.1:port")


def test_a_target_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file where a folder should be")
    with serving(Serve()) as server, pytest.raises(StudyError, match=f"{NAME}: cannot be written: "):
        fetch("numbers", dataset(server.url), NAME, tmp_path / "raw" / NAME)


def test_an_unknown_file_is_answered_with_the_nearest(out: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown file of numbers 'number.gz': did you mean 'numbers.gz'\?"):
        fetch("numbers", dataset(NOWHERE), "number.gz", out)
    assert not out.parent.exists()


# The command


def test_the_command_fetches_from_the_mirror_in_the_environment(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("study.common.progress.SECONDS_BETWEEN_LINES", 0.0)
    config = tmp_path / "datasets.yaml"
    config.write_text(yaml.safe_dump({"numbers": dataset(NOWHERE).model_dump()}))
    with serving(Serve()) as mine:
        monkeypatch.setenv("STUDY_DATA_MIRROR", mine.url)
        main(["numbers", NAME, "--out", str(out), "--datasets", str(config)])
    assert out.read_bytes() == CONTENT
    first, *lines, last = capsys.readouterr().err.splitlines()
    assert first == f"Fetching {mine.url}/numbers/{NAME}"
    assert lines[-1] == f"  {NAME}: 100 %, 0 s left"
    assert last == f"  {len(CONTENT)} bytes, sha256 as expected"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["minst", "train-labels-idx1-ubyte.gz"], "unknown dataset 'minst': did you mean 'mnist'?"),
        (
            ["mnist", "train-label-idx1-ubyte.gz"],
            "unknown file of mnist 'train-label-idx1-ubyte.gz': did you mean 'train-labels-idx1-ubyte.gz'?",
        ),
    ],
)
def test_the_command_ends_a_mistake_with_words(out: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        main([*arguments, "--out", str(out), "--datasets", str(CHECKOUT / "config" / "datasets.yaml")])
    assert str(raised.value) == message


def test_the_command_ends_a_failure_with_words(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDY_DATA_MIRROR", raising=False)
    config = tmp_path / "datasets.yaml"
    config.write_text(yaml.safe_dump({"numbers": dataset(NOWHERE).model_dump()}))
    with pytest.raises(StudyError, match=f"{NOWHERE}/{NAME}: connection refused\n.*Nothing half-written was kept.$"):
        main(["numbers", NAME, "--out", str(out), "--datasets", str(config)])


def test_the_committed_mnist_is_what_prepare_reads_and_has_two_mirrors() -> None:
    mnist = load_datasets(CHECKOUT / "config" / "datasets.yaml")["mnist"]
    assert set(mnist.files) == {name for name, _ in FILES.values()}
    assert len(mnist.mirrors) == 2
    assert all(mirror.startswith("https://") for mirror in mnist.mirrors)
