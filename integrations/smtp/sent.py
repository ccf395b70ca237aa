"""The Sent folder of the account: where some providers keep a copy of what left through their server."""

from __future__ import annotations

import imaplib

from integrations.smtp.imap import Mailbox, examine, folders, quoted, uid
from network.reply_words import fold

# Where the server marks no folder as \Sent (RFC 6154): the names that mail programs give it.
_USUAL_NAMES = frozenset(
    {
        *("sent", "sent items", "sent messages", "sent mail", "sent objects"),
        *("enviados", "elementos enviados", "mensajes enviados", "correo enviado", "correos enviados"),
        *("itens enviados", "e mails enviados", "elements envoyes", "messages envoyes", "envoyes"),
        *("gesendet", "gesendete elemente", "gesendete objekte", "posta inviata", "inviata"),
    }
)


class ImapSentFolder:
    """Looks a mail up by its Message-ID; that it is not there proves nothing."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def holds(self, message_id: str) -> bool:
        """Tells whether a mail with this Message-ID stands in the Sent folder; False too when there is no such folder.

        Raises TransientError when the mailbox cannot be reached, ConfigurationError when it does not let us in.
        """
        return self._mailbox.ask(lambda imap: _holds(imap, message_id))


def _holds(imap: imaplib.IMAP4, message_id: str) -> bool:
    folder = _sent_folder(imap)
    if not folder:
        return False
    examine(imap, folder)
    return any(line and line.split() for line in uid(imap, "SEARCH", "HEADER", "Message-ID", quoted(message_id)))


def _sent_folder(imap: imaplib.IMAP4) -> str:
    """The folder marked as Sent, else the first one that mail programs call so; blank when there is none."""
    named = ""
    for folder in folders(imap):
        if "\\sent" in folder.flags:
            return folder.wire
        if "\\noselect" not in folder.flags and fold(folder.last_name) in _USUAL_NAMES:
            named = named or folder.wire
    return named
