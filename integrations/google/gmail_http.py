"""httplib2 without its kindness: what is not a read leaves once, whatever happens to the connection.

httplib2 sends a POST again by itself when the other side hangs up without a word, and no argument turns that off. For
`drafts.send` that would be a second hand-over behind our back. The method that does it is private, so httplib2 is
pinned and a test counts what a server really gets. A request that may be repeated is repeated by `GmailClient`, where
it can be seen.
"""

from __future__ import annotations

import http.client
import zlib
from typing import Any

import httplib2


class NotConnectedError(Exception):
    """No connection stood, so that nothing can have left."""


class OnceHttp(httplib2.Http):
    """Sends what is not a read at most once, over a fresh connection; follows nobody elsewhere."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.follow_redirects = False

    def _conn_request(
        self, conn: http.client.HTTPConnection, request_uri: str, method: str, body: Any, headers: Any
    ) -> tuple[httplib2.Response, bytes]:
        if method == "GET":
            return super()._conn_request(conn, request_uri, method, body, headers)  # type: ignore[misc,no-any-return]
        conn.close()  # a kept connection may have gone stale, and then nobody knows whether a request left
        try:
            conn.connect()
        except (OSError, http.client.HTTPException, httplib2.HttpLib2Error) as err:
            conn.close()
            raise NotConnectedError from err
        try:
            conn.request(method, request_uri, body, headers)
            answer = conn.getresponse()
            content = answer.read()
        except BaseException:
            conn.close()
            raise
        return httplib2.Response(answer), _unpacked(answer.getheader("Content-Encoding", ""), content)


def _unpacked(encoding: str, content: bytes) -> bytes:
    if encoding not in {"gzip", "deflate"}:
        return content
    try:
        return zlib.decompress(content, wbits=zlib.MAX_WBITS | 32)  # finds out which of the two it is
    except zlib.error:
        return b""  # the status alone decides then
