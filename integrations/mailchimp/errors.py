"""What Mailchimp answers when something is wrong, as one error that can be pickled and names nobody."""

from __future__ import annotations

from collections.abc import Sequence

from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError


class MailchimpError(Exception):
    """One refused or lost request. `detail` may hold an address, so it never stands in the text of the error.

    `was_lost` tells that nobody knows whether the request had its effect.
    """

    def __init__(
        self, status: int | None, title: str, detail: str = "", fields: Sequence[str] = (), *, was_lost: bool = False
    ) -> None:
        super().__init__(f"{title} ({status})" if status else title)
        self.status, self.title, self.detail, self.fields, self.was_lost = status, title, detail, fields, was_lost

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.status, self.title, self.detail, tuple(self.fields), self.was_lost)

    @property
    def is_passing(self) -> bool:
        """Trying again later can help: too many at once, a gateway, a lost connection, a 403 without a word."""
        if self.status is None or self.status == 429 or self.status >= 500 or self.was_lost:
            return True
        return self.status == 403 and not self.detail

    @property
    def said(self) -> str:
        """Title and detail in small letters, to tell refusals apart; never shown."""
        return f"{self.title} {self.detail}".casefold()


def translated(err: MailchimpError) -> NetworkError:
    """The same as an error of the network, in a sentence for people."""
    if err.status == 401:
        return ConfigurationError(
            "Mailchimp does not accept HMN_MAILCHIMP_API_KEY. Make a new key in Mailchimp (Account, Extras, API keys)."
        )
    if err.is_passing:
        return TransientError(f"Mailchimp did not answer as it should: {err}.", request_left=err.was_lost)
    if err.status == 404:
        return PermanentError(
            "Mailchimp does not know what we asked for. Was it deleted there, or is HMN_MAILCHIMP_AUDIENCE the id of "
            "another account's audience?"
        )
    return PermanentError(f"Mailchimp did not accept this and says: {err.title}. Please look there for the reason.")


def _again(status: int | None, title: str, detail: str, fields: Sequence[str], was_lost: bool) -> MailchimpError:
    return MailchimpError(status, title, detail, fields, was_lost=was_lost)
