"""The Gmail lane over the stand-in: the contract of every lane, and what only this one can answer."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.google.connect import Access
from integrations.google.gmail_client import ATTEMPTS, GmailClient
from integrations.google.gmail_connect import open_gmail
from integrations.google.gmail_http import NotConnectedError, OnceHttp
from integrations.google.gmail_mailer import GmailMailer
from integrations.ledger.engine import Ledger
from integrations.ledger.rates import LedgerRates
from network.correspondents import Correspondents
from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError
from network.messages import Fate, Message, MessageRecord, Receipt, State
from network.mime import build
from network.ports import Handle
from network.replies import judge
from tests.builders import NOON, a_message, a_person, an_incoming
from tests.contract.test_mailer import SENDER, TheMailerContract
from tests.emulated.stand_in import StandIn


class NoLimit:
    """Many tests in one minute are no reason to wait."""

    def take(self, name: str, at: datetime, count: int = 1) -> float:
        return 0.0


def bytes_of(message: Message, at: datetime, thread_ids: Mapping[str, str]) -> bytes:
    return build(
        message,
        sender_name="Noor",
        sender_address=SENDER,
        reply_to=SENDER,
        domain=SENDER,
        date=at,
        thread_ids=thread_ids,
    )


class GmailOffice:
    """An office at the stand-in: what the ledger would remember of each mail, and a way to start it anew."""

    def __init__(self, google: StandIn, folder: Path) -> None:
        self.google = google
        self.key = folder / "gmail.json"
        self.key.write_text(json.dumps(google.control("credentials/authorized_user")), encoding="utf-8")
        self.pauses: list[float] = []
        self.opened: list[GmailClient] = []
        self.records: dict[str, MessageRecord] = {}
        self.sender = SENDER

    def client(self, **options: Any) -> GmailClient:
        opened = open_gmail(
            Access(self.key, options.pop("base_url", self.google.base_url)),
            options.pop("units", NoLimit()),
            sender=lambda: self.sender,
        )
        opened.sleep = self.pauses.append
        self.opened.append(opened)
        return opened

    def close(self) -> None:
        for each in self.opened:
            each.close()

    def lane(self, **options: Any) -> GmailMailer:
        return GmailMailer(
            self.client(**options), bytes_of, sender=lambda: self.sender, clock=lambda: NOON, kept=self.records.get
        )

    def keep(self, message: Message, handle: Handle, receipt: Receipt | None = None) -> None:
        state = State.SENT if receipt else State.QUEUED
        self.records[message.key] = MessageRecord(message, state, "", 1, NOON, NOON, receipt, handle.values)

    def asked(self, path: str = "/gmail/") -> list[str]:
        return [f"{each['method']} {each['path'].rpartition('/me/')[2]}" for each in self.google.asked()]

    def account(self) -> Any:
        return self.google.control("gmail")

    def delivered(self) -> list[str]:
        return [mail["id"] for mail in self.account()["delivered"]]


@pytest.fixture
def office(google: StandIn, tmp_path: Path) -> Iterator[GmailOffice]:
    opened = GmailOffice(google, tmp_path)
    yield opened
    opened.close()


class TestGmailMailer(TheMailerContract):
    """The contract, with the Message-ID replaced or kept, and a sent draft in each of its moods."""

    @pytest.fixture(autouse=True, params=["rewrite-404", "keep-400", "rewrite-sent"])
    def _lane(self, office: GmailOffice, request: pytest.FixtureRequest) -> None:
        id_mood, _, consumed = request.param.partition("-")
        office.google.control("gmail", {"message_id": id_mood, "consumed": consumed})
        self.office = office
        self.mailer = office.lane()

    def another_run(self) -> GmailMailer:
        return self.office.lane()

    def arrived(self) -> list[str]:
        return self.office.delivered()

    def fails(self, message: Message, handle: Handle | None = None) -> tuple[NetworkError, Handle]:
        handle = handle or self.mailer.prepare(message)
        with pytest.raises(NetworkError) as caught:
            self.mailer.dispatch(message, handle)
        assert "example.org" not in str(caught.value), "no address in an error"
        return caught.value, handle

    @pytest.mark.parametrize("kind", ["drop", "503"])
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_lost_answer_is_never_repeated_and_the_thread_tells_the_truth(self, kind: str, when: str) -> None:
        self.office.google.fault(kind, when, path="drafts/send")
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert error.request_left
        assert self.office.asked().count("POST drafts/send") == 1
        assert self.another_run().outcome(handle) is (Fate.SENT if when == "after" else Fate.NOT_SENT)
        assert len(self.arrived()) == (when == "after")

    def test_a_mail_queued_again_takes_up_its_draft_and_goes_out_once(self) -> None:
        self.office.google.fault("503", path="drafts/send")
        message = a_message()
        _, handle = self.fails(message)
        self.office.keep(message, handle)
        self.hand_over(message)
        assert len(self.arrived()) == 1
        assert self.office.account()["drafts"] == {}

    def test_looks_that_came_too_early_send_nothing_twice(self) -> None:
        self.office.google.control("gmail", {"lag": 4})
        self.office.google.fault("drop", "after", path="drafts/send")
        message = a_message()
        _, handle = self.fails(message)
        assert self.another_run().outcome(handle) is Fate.NOT_SENT, "both looks still show the draft"
        self.office.keep(message, handle)
        self.mailer = self.another_run()
        error, again = self.fails(message)
        assert isinstance(error, TransientError)
        assert error.request_left
        assert self.mailer.outcome(again) is Fate.SENT
        assert len(self.arrived()) == 1

    def test_a_hand_over_that_happens_late_meets_a_second_attempt_and_mails_once(self) -> None:
        self.office.google.fault("late", path="drafts/send", after_requests=3)
        message = a_message()
        _, handle = self.fails(message)
        assert self.mailer.outcome(handle) is Fate.NOT_SENT
        self.office.keep(message, handle)
        again = self.mailer.prepare(message)
        self.office.google.control("late", {})
        error, _ = self.fails(message, again)
        assert isinstance(error, TransientError)
        assert self.mailer.outcome(again) is Fate.SENT
        assert len(self.arrived()) == 1

    def test_a_run_that_slept_while_another_sent_its_mail_sends_nothing(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        self.office.keep(message, handle)
        other = self.another_run()
        other.dispatch(message, other.prepare(message))
        error, _ = self.fails(message, handle)
        assert isinstance(error, TransientError)
        assert error.request_left
        assert self.mailer.outcome(handle) is Fate.SENT
        assert len(self.arrived()) == 1

    def test_a_draft_that_a_person_deleted_is_for_a_person(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        (draft,) = self.office.account()["messages"]
        self.office.google.control("gmail/acts", {"act": "delete", "message": draft["id"]})
        error, _ = self.fails(message, handle)
        assert isinstance(error, TransientError)
        assert error.request_left
        assert self.mailer.outcome(handle) is Fate.UNKNOWN
        self.office.keep(message, handle)
        self.hand_over(message)  # a person answered: retry
        assert len(self.arrived()) == 1


class TestRefusals:
    """What Gmail says, as a decision of ours."""

    def fails(self, office: GmailOffice, message: Message | None = None) -> NetworkError:
        message = message or a_message()
        lane = office.lane()
        with pytest.raises(NetworkError) as caught:
            lane.dispatch(message, lane.prepare(message))
        assert "example.org" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        return caught.value

    def test_a_mail_that_gmail_will_not_send_is_refused_for_good_and_touches_no_other(
        self, office: GmailOffice
    ) -> None:
        lane = GmailMailer(
            office.client(),
            lambda message, at, ids: bytes_of(message, at, ids).replace(b"\r\nTo: ", b"\r\nX-To: "),
            sender=lambda: SENDER,
            clock=lambda: NOON,
            kept=office.records.get,
        )
        message = a_message()
        with pytest.raises(PermanentError, match="400 invalidArgument"):
            lane.dispatch(message, lane.prepare(message))
        office.lane().dispatch(message, office.lane().prepare(message))
        assert len(office.delivered()) == 1

    def test_a_refusal_after_an_attempt_of_unknown_end_is_one_too(self, office: GmailOffice) -> None:
        lane = GmailMailer(
            office.client(),
            lambda message, at, ids: bytes_of(message, at, ids).replace(b"\r\nTo: ", b"\r\nX-To: "),
            sender=lambda: SENDER,
            clock=lambda: NOON,
            kept=office.records.get,
        )
        message = a_message()
        office.keep(message, lane.prepare(message))
        with pytest.raises(PermanentError):
            lane.dispatch(message, lane.prepare(message))

    @pytest.mark.parametrize(("kind", "times"), [("429", 2), ("429", 99)])
    def test_too_many_at_once_is_waited_for_and_then_left_to_the_next_run(
        self, office: GmailOffice, kind: str, times: int
    ) -> None:
        office.google.fault(kind, path="drafts/send", times=times)
        if times == 2:
            lane = office.lane()
            lane.dispatch(a_message(), lane.prepare(a_message()))
        else:
            error = self.fails(office)
            assert isinstance(error, TransientError)
            assert (error.request_left, error.is_lane_fine) == (False, False)
            assert office.asked().count("POST drafts/send") == ATTEMPTS
        assert len(office.delivered()) == (times == 2)

    def test_a_pause_longer_than_a_run_is_left_to_the_next_one(self, office: GmailOffice) -> None:
        office.google.fault("429", path="drafts/send", headers={"Retry-After": "3600"})
        error = self.fails(office)
        assert isinstance(error, TransientError)
        assert not error.request_left
        assert office.pauses == []

    def test_rights_that_are_missing_are_named(self, office: GmailOffice) -> None:
        office.google.fault("403", path="drafts")
        error = self.fails(office)
        assert isinstance(error, ConfigurationError)
        assert "gmail.compose" in str(error)

    def test_a_sign_in_that_ended_is_a_setting_to_renew(self, office: GmailOffice) -> None:
        office.google.fault("invalid_grant", path="/token", times=9)
        error = self.fails(office)
        assert isinstance(error, ConfigurationError)
        assert "HMN_GMAIL_CREDENTIALS" in str(error)

    def test_a_token_that_ended_meanwhile_is_renewed_without_a_word(self, office: GmailOffice) -> None:
        lane = office.lane()
        handle = lane.prepare(a_message())
        office.google.control("google", {"revoke": True})
        lane.dispatch(a_message(), handle)
        assert len(office.delivered()) == 1

    def test_an_account_without_a_mailbox_is_explained(self, office: GmailOffice) -> None:
        office.google.control("gmail", {"has_mailbox": False})
        error = self.fails(office)
        assert isinstance(error, ConfigurationError)
        assert "mailbox" in str(error)

    def test_a_sender_that_settings_do_not_name_is_said_before_anything_is_asked(self, office: GmailOffice) -> None:
        office.sender = ""
        assert isinstance(self.fails(office), ConfigurationError)
        assert office.asked() == []

    def test_where_nobody_answers_nothing_has_left(self, office: GmailOffice) -> None:
        handle = office.lane().prepare(a_message())
        with pytest.raises(TransientError) as caught:
            office.lane(base_url="http://127.0.0.1:1").dispatch(a_message(), handle)
        assert not caught.value.request_left

    def test_a_missing_sign_in_file_names_its_setting(self, office: GmailOffice) -> None:
        office.key.unlink()
        error = self.fails(office)
        assert isinstance(error, ConfigurationError)
        assert "HMN_GMAIL_CREDENTIALS" in str(error)


class TestThreads:
    """A second letter stands under the first, and an answer finds the letter it answers."""

    @pytest.fixture(params=["rewrite", "keep"])
    def first(self, office: GmailOffice, request: pytest.FixtureRequest) -> tuple[Message, Receipt]:
        office.google.control("gmail", {"message_id": request.param})
        message, lane = a_message(reply_ref="AAAA1111"), office.lane()
        handle = lane.prepare(message)
        receipt = lane.dispatch(message, handle)
        office.keep(message, handle, receipt)
        return message, receipt

    def second(self, first: Message) -> Message:
        return a_message(step="letter-2", in_reply_to=first.key)

    @pytest.mark.parametrize("was_looked_up", [False, True])
    def test_the_second_letter_joins_the_thread_and_its_own_fate_is_told_apart(
        self, office: GmailOffice, first: tuple[Message, Receipt], was_looked_up: bool
    ) -> None:
        message, receipt = first
        if was_looked_up:  # the first one's answer was lost: its receipt knows no Message-ID
            record = office.records[message.key]
            office.keep(message, Handle(message.key, record.handle), Receipt("gmail", "", NOON, {"found": "later"}))
        lane, second = office.lane(), self.second(message)
        handle = lane.prepare(second)
        assert handle.values["thread"] == receipt.raw["thread"]
        assert lane.outcome(handle) is Fate.NOT_SENT, "the sent first letter stands in the same thread"
        lane.dispatch(second, handle)
        assert lane.outcome(handle) is Fate.SENT
        sent = base64.urlsafe_b64decode(office.account()["messages"][-1]["raw"])
        assert f"In-Reply-To:\r\n {receipt.raw['message_id']}".encode() in sent.replace(b": <", b":\r\n <")

    def test_a_thread_that_a_person_deleted_does_not_stop_the_second_letter(
        self, office: GmailOffice, first: tuple[Message, Receipt]
    ) -> None:
        office.google.control("gmail/acts", {"act": "delete", "message": first[1].provider_id})
        lane, second = office.lane(), self.second(first[0])
        lane.dispatch(second, lane.prepare(second))
        assert len(office.delivered()) == 2

    def test_an_answer_finds_its_letter_by_the_real_message_id_or_by_the_thread(
        self, office: GmailOffice, first: tuple[Message, Receipt]
    ) -> None:
        message, receipt = first
        known = Correspondents([a_person(message.person_id)], list(office.records.values()))
        thread_name = office.records[message.key].handle["thread_id"]
        for reference in (receipt.raw["message_id"], thread_name):
            mail = an_incoming(sender="other@example.org", references=(reference,))
            writer = known.writer(mail, judge(mail))
            assert writer.letter is not None
            assert writer.letter.message.key == message.key


class TestUnits:
    """Gmail counts units; ours are counted first, for all processes of the office together."""

    def test_a_minute_never_costs_more_units_than_it_may(self, office: GmailOffice, ledger: Ledger) -> None:
        office.google.control("gmail", {"units": 6000})
        moment, spent = [NOON], []

        class Counting(LedgerRates):
            def take(self, name: str, at: datetime, count: int = 1) -> float:
                wait = super().take(name, moment[0], count)
                if not wait:
                    spent.append((moment[0], count))
                return wait

        lane = office.lane(units=Counting(ledger, per_minute=6000))
        lane._client.sleep = lambda seconds: moment.__setitem__(0, moment[0] + timedelta(seconds=seconds + 0.001))
        for number in range(40):
            message = a_message(f"p{number}", f"p{number}@example.org")
            lane.dispatch(message, lane.prepare(message))
        assert moment[0] > NOON, "it had to wait"
        for start, _ in spent:
            assert sum(count for at, count in spent if start <= at < start + timedelta(minutes=1)) <= 6000

    def test_a_mail_costs_three_requests_and_never_the_short_way(self, office: GmailOffice) -> None:
        lane = office.lane()
        lane.dispatch(a_message(), lane.prepare(a_message()))
        verbs = [asked.partition("messages/")[0] for asked in office.asked()]
        assert verbs == ["POST drafts", "POST drafts/send", "GET "]


class TestOnceHttp:
    """The connection itself: a server that counts, and hangs up."""

    @pytest.fixture
    def rude(self) -> Iterator[tuple[str, list[str]]]:
        got: list[str] = []

        class Rude(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                got.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                if got[-1] == "hang up":
                    self.close_connection = True
                    return
                self.send_response(307 if got[-1] == "elsewhere" else 200)
                self.send_header("Location", "/again")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library chose the name
                """Nothing is printed."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rude)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", got
        server.shutdown()
        server.server_close()
        thread.join()

    @pytest.mark.parametrize("before", [[], ["hello"]])
    def test_a_post_that_gets_no_answer_was_sent_once(self, rude: tuple[str, list[str]], before: list[str]) -> None:
        url, got = rude
        client = OnceHttp(5)
        for body in before:  # over a kept connection too
            client.request(url, "POST", body)
        with pytest.raises(http.client.RemoteDisconnected):
            client.request(url, "POST", "hang up")
        client.close()
        assert got == [*before, "hang up"]

    def test_nobody_is_followed_elsewhere(self, rude: tuple[str, list[str]]) -> None:
        url, got = rude
        client = OnceHttp(5)
        response, _ = client.request(url, "POST", "elsewhere")
        client.close()
        assert (response.status, got) == (307, ["elsewhere"])

    def test_where_nobody_listens_nothing_has_left(self) -> None:
        with pytest.raises(NotConnectedError):
            OnceHttp(5).request("http://127.0.0.1:1/", "POST", "x")
