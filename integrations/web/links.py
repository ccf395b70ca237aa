"""Looks at links as a reader's browser would, and never into a private network.

HEAD first; a server that answers it with a fault is asked once more with GET, whose body is not read. Redirects are
followed a few steps. The address that was checked is the one that is connected to, so that a name cannot change in
between. Nothing of the office travels along: no cookie, no login, no address of a reader.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import quote, urljoin, urlsplit

import idna

from network.links import LinkFate

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_AT_ONCE = 4
_MOST_STEPS = 5
_GONE = frozenset({404, 410})
_CLOSED = frozenset({401, 402, 403, 405, 406, 407, 451})
_UNREACHED = frozenset({LinkFate.NO_HOST, LinkFate.NO_ANSWER})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; health-manager-network; link check)", "Accept": "*/*"}


class _Private(Exception):  # noqa: N818 - an answer, not a fault
    """The name leads to an address that is not for everybody."""


def is_public(address: Address) -> bool:
    """Tells whether an address is one that everybody on the Internet may reach."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


@dataclass(frozen=True, slots=True)
class WebLinks:
    """Keeps the port `Links`; `may_open` says which addresses may be connected to at all."""

    timeout: float = 8.0  # seconds for each step of a request, and twice that for all of it
    may_open: Callable[[Address], bool] = is_public
    landmark: str = "example.com"  # a name that is always known where there is an Internet

    def look(self, addresses: Sequence[str]) -> Mapping[str, LinkFate]:
        """Asks about each address once, a few at a time; never raises for what a server does.

        Where nothing was reached, not even the name of the landmark, we are offline and know of no address anything.
        """
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            found = dict(zip(addresses, pool.map(self._fate, addresses), strict=True))
        return {} if set(found.values()) <= _UNREACHED and not self._is_online() else found

    def _is_online(self) -> bool:
        try:
            socket.getaddrinfo(self.landmark, 443)
        except OSError:
            return False
        return True

    def _fate(self, address: str) -> LinkFate:
        try:
            return self._follow(address)
        except _Private:
            return LinkFate.PRIVATE
        except ssl.SSLCertVerificationError:
            return LinkFate.UNSAFE
        except socket.gaierror as err:
            return LinkFate.NO_HOST if err.errno == socket.EAI_NONAME else LinkFate.NO_ANSWER
        except (OSError, http.client.HTTPException, ValueError):
            return LinkFate.NO_ANSWER

    def _follow(self, address: str) -> LinkFate:
        for _ in range(_MOST_STEPS):
            status, location = self._ask("HEAD", address)
            if status >= 400:
                status, location = self._ask("GET", address)
            if 300 <= status < 400 and location:
                address = urljoin(address, location)
                continue
            if status in _GONE:
                return LinkFate.GONE
            if status in _CLOSED:
                return LinkFate.CLOSED
            return LinkFate.FINE if status < 400 else LinkFate.NO_ANSWER
        return LinkFate.NO_ANSWER

    def _ask(self, method: str, address: str) -> tuple[int, str]:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("no address of a page")
        is_safe = parts.scheme == "https"
        host = _ascii(parts.hostname)
        port = parts.port or (443 if is_safe else 80)
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        target += f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
        with closing(http.client.HTTPConnection(host, port, timeout=self.timeout)) as connection:
            connection.sock = self._connect(host, port, is_safe=is_safe)
            # A server that sends a byte now and then never runs into the timeout of a single read.
            patience = Timer(2 * self.timeout, _cut, [connection.sock])
            patience.daemon = True
            patience.start()
            try:
                name = f"[{host}]" if ":" in host else host
                shown = name if port in (80, 443) else f"{name}:{port}"
                connection.request(method, target, headers={**_HEADERS, "Host": shown, "Connection": "close"})
                answer = connection.getresponse()
                location = answer.getheader("Location", "")
                answer.close()
                return answer.status, location
            finally:
                patience.cancel()

    def _connect(self, host: str, port: int, *, is_safe: bool) -> socket.socket:
        """A connection to an address that was looked at, not to a name that may change meanwhile."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for *_, where in found:
            if not self.may_open(ipaddress.ip_address(str(where[0]).partition("%")[0])):
                raise _Private
        plain = socket.create_connection((str(found[0][4][0]), port), timeout=self.timeout)
        if not is_safe:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as err:
        raise ValueError("no name of a server") from err


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
