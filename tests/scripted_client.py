"""What the tests of the scripted IMAP server share: its two mails, and a client that has entered."""

from imapclient import IMAPClient

from tests.scripted_imap import Mail, Script, ScriptedImap

A = b"Subject: a\r\nTo: x@y\r\n\r\ntext of a\r\n"
B = b"Subject: b\r\n\r\ntext (of) {3}\r\n\xd4\xc5\xcb\r\n"
MAILS = (Mail(3, A), Mail(7, B, flags=(r"\Seen", "done")))
SCRIPT = Script(MAILS, folders=("INBOX", "Done"), uidvalidity=42)


def connect(server: ScriptedImap, timeout: float = 10) -> IMAPClient:
    """A client that has not logged in."""
    return IMAPClient("127.0.0.1", server.port, ssl=False, timeout=timeout)


def enter(server: ScriptedImap, timeout: float = 10) -> IMAPClient:
    """A client that has its folder selected."""
    client = connect(server, timeout)
    client.login("ivan", "anything")
    client.select_folder("INBOX")
    return client
