"""The HTTP server: one port of this computer, one request at a time inside, whatever number of clients outside."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emulators.control import PREFIX, World, control
from emulators.exchange import Answer, Request, html_answer, json_answer
from emulators.faults import words_of
from emulators.google.answers import faults_of
from emulators.google.gmail_answers import FAULTS as GMAIL_FAULTS
from emulators.mailchimp.problems import FAULTS, too_many

HOST = "127.0.0.1"
MOST_AT_ONCE = 10  # of Mailchimp, for all programs of one user together
LONGEST_KEPT = 20_000  # bytes of an answer in the log
_DROP = Answer(0)


class StandIn(ThreadingHTTPServer):
    """Serves a world until it is shut down."""

    daemon_threads = True

    def __init__(self, port: int, record: Path | None = None) -> None:
        super().__init__((HOST, port), _Handler)
        self.world = World(record=record)
        self.lock = threading.Lock()
        self.counting = threading.Lock()
        self.asking = 0  # requests to Mailchimp at this moment
        self.calmed = threading.Event()  # ends the delay that is under way

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that died in the middle of a request is no fault of ours, and nothing to print."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def respond(self, request: Request) -> Answer:
        """Answers one request; `_DROP` means that the connection ends without a word."""
        if not self.world.mailchimp.handles(request.path):
            return self._respond(request)
        with self.counting:
            self.asking += 1
            is_too_many = self.asking > MOST_AT_ONCE
        try:
            return too_many() if is_too_many else self._respond(request)
        finally:
            with self.counting:
                self.asking -= 1

    def _respond(self, request: Request) -> Answer:
        is_calming = request.path == f"{PREFIX}calm"
        if is_calming:
            self.calmed.set()  # before the lock: whoever is delayed holds it
        with self.lock:
            if is_calming:
                self.calmed.clear()
            if request.path.startswith(PREFIX):
                try:
                    return control(self.world, request, self.base_url)
                except (KeyError, TypeError, ValueError) as err:
                    return json_answer({"error": f"{type(err).__name__}: {err}"}, 400)
            return self._serve(request)

    def _serve(self, request: Request) -> Answer:
        world = self.world
        world.arrive_late()
        world.visit(request, "before")
        fault = world.faults.take(request)
        if fault:
            self.calmed.wait(fault.seconds)
        if fault and fault.kind == "late":
            world.late.append((request, fault))
            answer = _DROP
        elif fault and fault.kind != "delay" and fault.when == "before":
            answer = self._lost(request, fault)
        else:
            answer = self._ask(request)
            if fault and fault.kind == "truncated":
                answer = replace(answer, body=answer.body[: len(answer.body) // 2])
            elif fault and fault.kind != "delay":
                answer = self._lost(request, fault)
        world.visit(request, "after")
        world.log.append(_logged(request, answer, fault.kind if fault else ""))
        return answer

    def _ask(self, request: Request) -> Answer:
        try:
            answer = self.world.answer(request)
        except Exception:  # noqa: BLE001 - one broken answer must not take the server down
            # A mistake of the stand-in itself, told apart from a connection that was dropped on demand.
            traceback.print_exc()
            return json_answer({"error": {"code": 501, "message": "the stand-in broke", "status": "INTERNAL"}}, 501)
        if answer is None:
            answer = html_answer(404, "The requested URL was not found on this server.")
        if answer.status in {404, 501} and answer.content_type.startswith("text/html"):
            self.world.unmatched += 1
        return answer

    def _lost(self, request: Request, fault: Any) -> Answer:
        if fault.kind == "401":
            self.world.google.tokens.revoke()
        if fault.kind == "drop":
            return _DROP
        if self.world.mailchimp.handles(request.path):
            return words_of(fault, FAULTS)
        is_mail = request.path.startswith("/gmail/")
        return words_of(fault, faults_of(request.path) | (GMAIL_FAULTS if is_mail else {}))


def _logged(request: Request, answer: Answer, fault: str) -> dict[str, Any]:
    try:
        body = request.parsed()
    except ValueError:
        body = request.body.decode(errors="replace")
    is_short = len(answer.body) < LONGEST_KEPT and "json" in answer.content_type
    return {
        "answer": answer.body.decode(errors="replace") if is_short else "",
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "body": body,
        "status": answer.status,
        "fault": fault,
    }


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections that stay, as Google's do."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together and at once; a client would otherwise wait for them.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: StandIn

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def do_PATCH(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library chose the name
        """The log is asked for; nothing is printed."""

    def _respond(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = parse_qs(parts.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.respond(Request(self.command, parts.path, query, headers, body))
        if not answer.status:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(2)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
