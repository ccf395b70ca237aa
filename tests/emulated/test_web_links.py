"""The look at a link, over real connections: what a server answers, and where we never go."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep

import pytest

from integrations.web.links import WebLinks, is_public
from network.links import LinkFate

ANSWERS = {
    "/fine": (200, ""),
    "/gone": (404, ""),
    "/gone-for-good": (410, ""),
    "/login": (401, ""),
    "/forbidden": (403, ""),
    "/broken": (500, ""),
    "/moved": (301, "/fine"),
    "/moved-to-nothing": (302, "/gone"),
    "/round": (302, "/round"),
    "/moved-nowhere": (302, ""),
    "/to-a-file": (302, "file:///etc/passwd"),
    "/caf%C3%A9?q=%C3%A9": (200, ""),
}
BY_GET_ALONE = {"/no-head": 405, "/hates-head": 403, "/head-is-lost": 404}


@dataclass
class Site:
    """A server on this machine, and what it was asked."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            found.asked.append((self.command, self.path))
            if self.path == "/slow":
                for letter in b"HTTP/1.1 200 OK":
                    self.wfile.write(bytes([letter]))
                    sleep(0.1)
                return
            if self.path == "/rubbish":
                self.wfile.write(b"\x00\xff not http\r\n\r\n")
                return
            if self.path in BY_GET_ALONE:
                status, location = (BY_GET_ALONE[self.path] if self.command == "HEAD" else 200), ""
            else:
                status, location = ANSWERS.get(self.path, (404, ""))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


LINKS = WebLinks(timeout=0.3, may_open=lambda address: address.is_loopback, landmark="localhost")


@pytest.mark.parametrize(
    ("path", "fate"),
    [
        ("/fine", LinkFate.FINE),
        ("/moved", LinkFate.FINE),
        ("/no-head", LinkFate.FINE),
        ("/hates-head", LinkFate.FINE),
        ("/head-is-lost", LinkFate.FINE),
        ("/café?q=é", LinkFate.FINE),
        ("/gone", LinkFate.GONE),
        ("/gone-for-good", LinkFate.GONE),
        ("/moved-to-nothing", LinkFate.GONE),
        ("/login", LinkFate.CLOSED),
        ("/forbidden", LinkFate.CLOSED),
        ("/broken", LinkFate.NO_ANSWER),
        ("/round", LinkFate.NO_ANSWER),
        ("/to-a-file", LinkFate.NO_ANSWER),
        ("/rubbish", LinkFate.NO_ANSWER),
    ],
)
def test_what_a_server_answers_is_what_a_reader_would_find(site: Site, path: str, fate: LinkFate) -> None:
    assert LINKS.look([site.at(path)]) == {site.at(path): fate}


def test_only_heads_are_asked_for_where_that_is_enough(site: Site) -> None:
    LINKS.look([site.at("/fine")])
    assert site.asked == [("HEAD", "/fine")]


def test_a_server_that_never_comes_to_an_end_is_given_up(site: Site) -> None:
    began = monotonic()
    assert LINKS.look([site.at("/slow")]) == {site.at("/slow"): LinkFate.NO_ANSWER}
    assert monotonic() - began < 1.2


def test_many_are_asked_together_and_each_gets_its_own_answer(site: Site) -> None:
    wanted = {site.at(f"{path}#{n}"): path for n in range(5) for path in ("/fine", "/gone")}
    fates = LINKS.look(list(wanted))
    assert all(
        fates[address] is (LinkFate.FINE if path == "/fine" else LinkFate.GONE) for address, path in wanted.items()
    )


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert LINKS.look([address]) == {address: LinkFate.NO_ANSWER}


def test_where_not_even_the_landmark_is_known_we_are_offline_and_know_nothing(site: Site) -> None:
    offline = replace(LINKS, landmark="no-such-name.invalid")
    assert offline.look(["https://no-such-name.invalid/"]) == {}
    assert offline.look([site.at("/gone")]) == {site.at("/gone"): LinkFate.GONE}


@pytest.mark.parametrize("path", ["/fine", "/moved"])
def test_a_private_address_is_never_asked(site: Site, path: str) -> None:
    wanted = [site.at(path), f"http://localhost:{site.port}{path}", f"http://[::ffff:127.0.0.1]:{site.port}{path}"]
    assert set(WebLinks(timeout=0.3).look(wanted).values()) == {LinkFate.PRIVATE}
    assert site.asked == []


def test_a_redirect_into_a_private_network_is_not_followed(site: Site) -> None:
    ANSWERS["/inside"] = (302, "http://10.0.0.1/secret")
    assert LINKS.look([site.at("/inside")]) == {site.at("/inside"): LinkFate.PRIVATE}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::"],
)  # fmt: skip
def test_an_address_that_is_not_for_everybody_is_told_apart(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("typed", ["https://", "https://[", "ftp://example.org", "https://a b", "https://xn--/", "x"])
def test_what_is_no_address_harms_nobody(typed: str) -> None:
    assert LINKS.look([typed]) in ({typed: LinkFate.NO_ANSWER}, {typed: LinkFate.NO_HOST})
