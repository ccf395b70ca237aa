"""What every lane promises: one mail once, an error that says what may be repeated, and a look afterwards."""

from __future__ import annotations

import os
import resource
import ssl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from integrations.local.mailer import LocalMailer
from integrations.smtp.connection import Connection
from integrations.smtp.imap import Mailbox
from integrations.smtp.journal import Journal
from integrations.smtp.mailer import SmtpMailer
from integrations.smtp.sent import ImapSentFolder
from integrations.smtp.server import IMAP_PORTS, SMTP_PORTS, read_server
from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError
from network.messages import Fate, Message
from network.mime import build, message_id
from network.ports import Handle, Mailer
from tests.builders import NOON, a_message
from tests.emulated.mailing import MailServerProcess, running_mail_server

SENDER = "hmn@office.example.org"


def bytes_of(message: Message, at: object) -> bytes:
    return build(
        message, sender_name="Noor", sender_address=SENDER, reply_to=SENDER, domain="office.example.org", date=NOON
    )


class TheMailerContract:
    """Subclasses give the lane and say what arrived, by Message-ID."""

    mailer: Mailer

    def arrived(self) -> list[str]:
        raise NotImplementedError

    def another_run(self) -> Mailer:
        """The same lane as a later process finds it."""
        raise NotImplementedError

    def hand_over(self, message: Message) -> Handle:
        handle = self.mailer.prepare(message)
        self.mailer.dispatch(message, handle)
        return handle

    def test_a_mail_that_was_handed_over_arrives_once_and_has_a_receipt(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        receipt = self.mailer.dispatch(message, handle)
        assert (receipt.lane, receipt.at) == (self.mailer.lane, NOON)
        assert receipt.provider_id
        assert self.arrived() == [message_id(message.key, SENDER)]

    def test_before_it_is_handed_over_a_mail_is_not_sent_and_afterwards_it_is(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        assert self.another_run().outcome(Handle(message.key, dict(handle.values))) is Fate.NOT_SENT
        handle = self.hand_over(message)
        assert self.another_run().outcome(Handle(message.key, dict(handle.values))) is Fate.SENT

    def test_preparing_twice_sends_nothing_and_the_second_handle_is_good(self) -> None:
        message = a_message()
        self.mailer.prepare(message)
        assert self.arrived() == []
        self.hand_over(message)
        assert len(self.arrived()) == 1

    def test_many_mails_arrive_each_once(self) -> None:
        for number in range(5):
            self.hand_over(a_message(f"p{number}", f"p{number}@example.org"))
        assert len(set(self.arrived())) == len(self.arrived()) == 5

    def test_an_address_that_no_server_takes_is_refused_and_not_repeated_in_words(self) -> None:
        message = a_message(address="ana torres@nowhere")
        with pytest.raises(PermanentError) as caught:
            self.hand_over(message)
        assert "nowhere" not in str(caught.value)
        assert self.arrived() == []

    def test_what_another_lane_had_taken_is_unknown(self) -> None:
        assert self.mailer.outcome(Handle("key", {"draft": "d-1"})) is Fate.UNKNOWN


class TestLocalMailer(TheMailerContract):
    """Files in the office's outbox."""

    @pytest.fixture(autouse=True)
    def _lane(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "outbox"
        self.mailer = self.another_run()

    def another_run(self) -> Mailer:
        return LocalMailer(self.folder, bytes_of, lambda: NOON)

    def arrived(self) -> list[str]:
        mails = [message_from_bytes(file.read_bytes(), policy=policy.SMTP) for file in self.folder.glob("*.eml")]
        return [str(mail["Message-ID"]) for mail in mails]

    def test_handing_over_twice_leaves_one_file_as_it_was(self) -> None:
        self.hand_over(a_message())
        (file,) = self.folder.glob("*.eml")
        before = file.stat().st_ino
        self.hand_over(a_message())
        assert [each.stat().st_ino for each in self.folder.glob("*.eml")] == [before]

    def test_a_full_disk_delivers_nothing_leaves_nothing_and_may_be_tried_again(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))  # the kernel refuses the rest, as a full disk does
        try:
            with pytest.raises(TransientError) as caught:
                self.mailer.dispatch(message, handle)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not caught.value.request_left
        assert list(self.folder.iterdir()) == []
        self.mailer.dispatch(message, handle)
        assert len(self.arrived()) == 1

    def test_a_full_file_system_delivers_nothing_and_may_be_tried_again(self, tmp_path: Path) -> None:
        self.folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", self.folder], capture_output=True)
        if mounted.returncode:
            pytest.skip("a small file system can be mounted by root only")
        try:
            (self.folder / "filling").write_bytes(b"x" * 4096)
            message = a_message()
            with pytest.raises(TransientError):
                self.hand_over(message)
            assert self.arrived() == []
            (self.folder / "filling").unlink()
            self.hand_over(message)
            assert len(self.arrived()) == 1
        finally:
            subprocess.run(["umount", self.folder], check=True)

    def test_a_place_that_cannot_be_written_delivers_nothing(self) -> None:
        self.folder.write_text("a file where the folder should be", encoding="utf-8")
        with pytest.raises(TransientError) as caught:
            self.hand_over(a_message())
        assert not caught.value.request_left


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServerProcess]:
    with running_mail_server(tmp_path_factory.mktemp("plain"), ["--auth", "hmn:se cret"]) as server:
        yield server


@pytest.fixture(scope="module")
def pipelining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServerProcess]:
    options = ["--pipelining", "--keeps-sent"]
    with running_mail_server(tmp_path_factory.mktemp("pipelining"), options) as server:
        yield server


class TheSmtpContract(TheMailerContract):
    """A real server in its own process, which records what it took before it answers."""

    server: MailServerProcess
    user = ""
    has_sent_folder = False

    def begin(self, server: MailServerProcess, tmp_path: Path) -> None:
        self.server, self.office = server, tmp_path
        server.forget()
        self.mailer = self.another_run()

    def another_run(self) -> SmtpMailer:
        smtp = read_server(f"smtp://{self.user}127.0.0.1:{self.server.smtp_port}", "HMN_SMTP_URL", SMTP_PORTS)
        imap = read_server(f"imap://127.0.0.1:{self.server.imap_port}", "HMN_IMAP_URL", IMAP_PORTS)
        self.mailbox = Mailbox(imap, patience=2)
        return SmtpMailer(
            Connection(smtp, patience=1, last_patience=0.5),
            Journal(self.office / "journal"),
            bytes_of,
            sender=lambda: SENDER,
            clock=lambda: NOON,
            sent_folder=ImapSentFolder(self.mailbox) if self.has_sent_folder else None,
        )

    def arrived(self) -> list[str]:
        return [line["id"] for line in self.server.arrived()]

    def fails(self, message: Message) -> tuple[NetworkError, Handle]:
        handle = self.mailer.prepare(message)
        with pytest.raises(NetworkError) as caught:
            self.mailer.dispatch(message, handle)
        assert "example.org" not in str(caught.value), "no address in an error"
        return caught.value, handle

    def goes_on(self) -> None:
        """The next mail goes out as if nothing had been."""
        before = len(self.arrived())
        self.hand_over(a_message("p-next", "next@example.org"))
        assert len(self.arrived()) == before + 1

    def test_the_text_arrives_byte_for_byte(self) -> None:
        message = a_message()
        self.hand_over(message)
        assert (self.server.folder / "last.eml").read_bytes() == bytes_of(message, NOON)

    def test_the_receipt_keeps_the_servers_number_and_no_address(self) -> None:
        message = a_message()
        receipt = self.mailer.dispatch(message, self.mailer.prepare(message))
        assert receipt.raw["answer"].startswith("250 2.0.0 Ok")
        assert "queued as" in receipt.raw["answer"]
        assert "example.org" not in receipt.raw["answer"]

    @pytest.mark.parametrize("step", ["RCPT", "text"])
    def test_a_refused_recipient_is_for_good_and_touches_no_other(self, step: str) -> None:
        self.server.fault(step, "550 5.1.1 <ana@example.org>: no such user here", to="ana@example.org")
        error, handle = self.fails(a_message())
        assert isinstance(error, PermanentError)
        assert error.is_address_dead
        assert "550 5.1.1" in str(error)
        assert self.another_run().outcome(handle) is Fate.NOT_SENT
        self.goes_on()

    def test_a_mail_that_is_not_wanted_says_nothing_about_the_address(self) -> None:
        self.server.fault("text", "554 5.7.1 looks like advertising")
        error, _ = self.fails(a_message())
        assert isinstance(error, PermanentError)
        assert not error.is_address_dead

    @pytest.mark.parametrize("step", ["RCPT", "text"])
    @pytest.mark.parametrize("answer", ["450 4.2.0 <ana@example.org> greylisted", "451 4.3.0 try again"])
    def test_a_recipient_who_is_put_off_may_be_tried_again_and_the_lane_is_fine(self, step: str, answer: str) -> None:
        self.server.fault(step, answer)
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert (error.request_left, error.is_lane_fine) == (False, True)
        assert self.another_run().outcome(handle) is Fate.NOT_SENT
        self.goes_on()

    @pytest.mark.parametrize("step", ["greeting", "RCPT", "DATA", "text"])
    def test_a_server_that_closes_for_now_is_the_lanes_fault_and_nothing_was_sent(self, step: str) -> None:
        self.server.fault(step, "421 4.3.2 closing for maintenance")
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert (error.request_left, error.is_lane_fine) == (False, False)
        assert self.another_run().outcome(handle) is Fate.NOT_SENT
        self.goes_on()

    @pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("what", ["close", "silence"])
    def test_before_the_text_nothing_can_have_been_sent(self, step: str, what: str) -> None:
        self.server.fault(step, what)
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert not error.request_left
        assert self.another_run().outcome(handle) is Fate.NOT_SENT
        assert self.arrived() == []
        self.goes_on()

    @pytest.mark.parametrize("what", ["close", "silence"])
    def test_a_server_that_fails_within_the_text_leaves_no_mail_and_no_guess(self, what: str) -> None:
        self.server.fault("in text", what)
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        # A short text is in the network's buffers before the fault shows, so the dot may have been sent.
        assert self.another_run().outcome(handle) is (Fate.UNKNOWN if error.request_left else Fate.NOT_SENT)
        assert self.arrived() == []
        self.goes_on()

    def test_a_connection_that_the_server_closed_between_two_mails_is_opened_again(self) -> None:
        self.hand_over(a_message("p1", "p1@example.org"))
        self.server.fault("MAIL", "close")
        self.hand_over(a_message("p2", "p2@example.org"))
        self.server.fault("MAIL", "421 4.7.0 too many mails in one connection")
        self.hand_over(a_message("p3", "p3@example.org"))
        assert len(self.arrived()) == 3

    def test_a_sender_whom_the_server_does_not_take_is_a_setting_to_correct(self) -> None:
        self.server.fault("MAIL", "553 5.7.1 <hmn@office.example.org>: not yours")
        error, _ = self.fails(a_message())
        assert isinstance(error, ConfigurationError)
        assert "Settings" in str(error)
        self.goes_on()

    def test_a_limit_of_the_day_is_not_the_recipients_fault(self) -> None:
        self.server.fault("RCPT", "550 5.4.5 Daily user sending limit exceeded")
        error, _ = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert not error.is_lane_fine

    @pytest.mark.parametrize("accepted", [True, False])
    @pytest.mark.parametrize("what", ["close", "silence"])
    def test_an_answer_lost_after_the_final_dot_is_never_guessed(self, what: str, accepted: bool) -> None:
        self.server.fault("text", what, accepted=accepted)
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert error.request_left
        expected = Fate.SENT if accepted and self.has_sent_folder else Fate.UNKNOWN
        assert self.mailer.outcome(handle) is expected
        assert self.another_run().outcome(handle) is expected

    @pytest.mark.parametrize("what", ["354 go ahead", "150 wait", "999 what", "thank you"])
    def test_an_answer_to_the_whole_mail_that_is_no_yes_and_no_no_says_nothing(self, what: str) -> None:
        self.server.fault("text", what, accepted=True)
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert error.request_left
        expected = Fate.SENT if self.has_sent_folder else Fate.UNKNOWN
        assert self.another_run().outcome(handle) is expected
        self.goes_on()

    @pytest.mark.parametrize(("step", "what"), [("DATA", "250 ok"), ("RCPT", "354 go ahead"), ("MAIL", "thank you")])
    def test_a_server_whose_answers_do_not_fit_gets_no_text(self, step: str, what: str) -> None:
        self.server.fault(step, what)
        error, handle = self.fails(a_message())
        assert isinstance(error, TransientError)
        assert not error.request_left
        assert self.another_run().outcome(handle) is Fate.NOT_SENT
        assert self.arrived() == []
        self.goes_on()

    def test_a_run_that_slept_while_another_looked_its_mail_up_sends_nothing(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        assert self.another_run().outcome(handle) is Fate.NOT_SENT
        with pytest.raises(TransientError) as caught:
            self.mailer.dispatch(message, handle)
        assert not caught.value.request_left
        assert self.arrived() == []
        self.goes_on()

    def test_without_its_journal_nothing_is_claimed_to_be_known(self) -> None:
        handle = self.hand_over(a_message("p1", "p1@example.org"))
        for file in (self.office / "journal").iterdir():
            file.unlink()
        assert self.another_run().outcome(handle) is (Fate.SENT if self.has_sent_folder else Fate.UNKNOWN)

    def test_a_journal_that_the_disk_refuses_stops_the_mail_before_its_final_dot(self) -> None:
        message = a_message()
        handle = self.mailer.prepare(message)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            with pytest.raises(TransientError) as caught:
                self.mailer.dispatch(message, handle)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not caught.value.request_left
        assert self.arrived() == []
        self.goes_on()

    def test_a_sender_that_settings_do_not_name_is_said_before_anything_is_sent(self) -> None:
        lane = SmtpMailer(
            Connection(read_server("smtp://127.0.0.1:1", "HMN_SMTP_URL", SMTP_PORTS)),
            Journal(self.office / "journal"),
            bytes_of,
            sender=lambda: "",
            clock=lambda: NOON,
        )
        with pytest.raises(ConfigurationError, match="Sender"):
            lane.prepare(a_message())

    def test_a_server_that_is_not_there_sends_nothing(self) -> None:
        lane = SmtpMailer(
            Connection(read_server("smtp://127.0.0.1:1", "HMN_SMTP_URL", SMTP_PORTS)),
            Journal(self.office / "journal"),
            bytes_of,
            sender=lambda: SENDER,
            clock=lambda: NOON,
        )
        with pytest.raises(TransientError) as caught:
            lane.dispatch(a_message(), lane.prepare(a_message()))
        assert not caught.value.request_left


class TestSmtpMailer(TheSmtpContract):
    """One command after the other, signed in, no Sent folder."""

    user = "hmn:se%20cret@"

    @pytest.fixture(autouse=True)
    def _lane(self, plain: MailServerProcess, tmp_path: Path) -> Iterator[None]:
        self.begin(plain, tmp_path)
        yield
        self.mailer.close()  # type: ignore[attr-defined]

    def test_one_connection_and_one_sign_in_serve_a_whole_run(self) -> None:
        signed = self.server.folder / "sign-ins"
        signed.unlink(missing_ok=True)
        for number in range(4):
            self.hand_over(a_message(f"p{number}", f"p{number}@example.org"))
        assert len(signed.read_text(encoding="utf-8").splitlines()) == 1

    def test_a_wrong_password_is_a_setting_to_correct_and_never_shown(self) -> None:
        self.user = "hmn:wrong-word@"
        self.mailer = self.another_run()
        error, handle = self.fails(a_message())
        assert isinstance(error, ConfigurationError)
        assert "HMN_SMTP_URL" in str(error)
        assert "wrong-word" not in str(error)
        assert error.__cause__ is None
        assert self.another_run().outcome(handle) is Fate.NOT_SENT


class TestSmtpMailerPipelined(TheSmtpContract):
    """Commands travel together, and a Sent folder can be asked."""

    has_sent_folder = True

    @pytest.fixture(autouse=True)
    def _lane(self, pipelining: MailServerProcess, tmp_path: Path) -> Iterator[None]:
        self.begin(pipelining, tmp_path)
        yield
        self.mailer.close()  # type: ignore[attr-defined]
        self.mailbox.close()

    def test_a_sent_folder_that_cannot_be_asked_proves_nothing(self) -> None:
        self.server.fault("text", "close", accepted=True)
        _, handle = self.fails(a_message())
        (self.server.folder / "imap-hangs-up").write_text("LIST", encoding="utf-8")
        assert self.another_run().outcome(handle) is Fate.UNKNOWN
        assert self.another_run().outcome(handle) is Fate.SENT


class TestEncryption:
    """STARTTLS and TLS from the first byte; a password never travels in the clear."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        file = tmp_path / "server.pem"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        try:
            made = subprocess.run([*command, "-keyout", file, "-out", tmp_path / "cert.pem"], capture_output=True)
        except FileNotFoundError:
            pytest.skip("there is no openssl on this machine to make a certificate")
        assert made.returncode == 0, made.stderr
        file.write_bytes(file.read_bytes() + (tmp_path / "cert.pem").read_bytes())
        return file

    def lane(self, url: str, folder: Path) -> SmtpMailer:
        return SmtpMailer(
            Connection(read_server(url, "HMN_SMTP_URL", SMTP_PORTS), patience=2, last_patience=2),
            Journal(folder / "journal"),
            bytes_of,
            sender=lambda: SENDER,
            clock=lambda: NOON + timedelta(0),
        )

    @pytest.mark.parametrize(("scheme", "options"), [("smtp", []), ("smtps", ["--tls"])])
    def test_mail_and_password_go_encrypted(
        self, scheme: str, options: list[str], certificate: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "server"
        with running_mail_server(folder, ["--cert", str(certificate), "--auth", "hmn:secret", *options]) as server:
            lane = self.lane(f"{scheme}://hmn:secret@localhost:{server.smtp_port}", tmp_path)
            lane.dispatch(a_message(), lane.prepare(a_message()))
            assert len(server.arrived()) == 1
            lane.close()

    def test_a_certificate_of_somebody_else_is_not_trusted_over_a_network(
        self, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("integrations.smtp.server._OURSELVES", frozenset())
        with running_mail_server(tmp_path / "server", ["--cert", str(certificate)]) as server:
            lane = self.lane(f"smtp://hmn:secret@localhost:{server.smtp_port}", tmp_path)
            with pytest.raises(ConfigurationError, match="certificate"):
                lane.dispatch(a_message(), lane.prepare(a_message()))

    def test_a_password_is_not_sent_where_no_encryption_is_offered(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("integrations.smtp.server._OURSELVES", frozenset())
        with running_mail_server(tmp_path / "server", ["--auth", "hmn:secret"]) as server:
            lane = self.lane(f"smtp://hmn:secret@localhost:{server.smtp_port}", tmp_path)
            with pytest.raises(ConfigurationError, match="no encryption"):
                lane.dispatch(a_message(), lane.prepare(a_message()))
            assert not (tmp_path / "server" / "sign-ins").exists()

    def test_strangers_certificates_are_checked(self) -> None:
        server = read_server("smtps://mail.example.org", "HMN_SMTP_URL", SMTP_PORTS)
        assert server.tls_context().verify_mode is ssl.CERT_REQUIRED
        assert server.port == 465


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://ana:p%40ss%2Fw@mail.example.org", ("mail.example.org", 587, "ana", "p@ss/w")),
        ("smtp://localhost", ("localhost", 25, "", "")),
        ("smtps://ana%40example.org:x@mail.example.org:2465", ("mail.example.org", 2465, "ana@example.org", "x")),
    ],
)
def test_a_servers_url_is_understood(url: str, expected: tuple[str, int, str, str]) -> None:
    server = read_server(url, "HMN_SMTP_URL", SMTP_PORTS)
    assert (server.host, server.port, server.user, server.password) == expected
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    ["", "mail.example.org", "http://a:b@c", "smtp://", "smtp://ana@mail.example.org", "smtp://a:hunt#er@x:99999999"],
)
def test_a_servers_url_that_is_wrong_is_explained_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="HMN_SMTP_URL") as caught:
        read_server(url, "HMN_SMTP_URL", SMTP_PORTS)
    assert "hunt" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_old_journals_are_tidied_away_and_young_ones_stay(tmp_path: Path) -> None:
    Journal(tmp_path).begin(NOON)
    (young,) = tmp_path.iterdir()
    old = tmp_path / f"20260101-{'0' * 32}.log"
    old.write_bytes(b"")
    os.utime(old, (NOON.timestamp() - 40 * 86400,) * 2)
    os.utime(young, (NOON.timestamp(),) * 2)
    Journal(tmp_path).begin(NOON)
    assert not old.exists()
    assert young.exists()
