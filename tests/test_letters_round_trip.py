"""What we write is what is read: through Python's two parsers, and through Postfix and Dovecot.

Random Russian words found what hand-made examples did not: header writers that lose or add a space
between words, or split a letter in two, only at certain lengths.
"""

import email
import email.policy
import re
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mailgate.core.effects import Letter, LetterKind
from mailgate.core.mail import Address
from mailgate.core.policy import Desk, Language, Policy
from mailgate.letters import Composed, Letters, sample
from tests.dovecot import LACKING, Dovecot, fetch_all, free_port, wait_for

NOW = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
DESK = Desk("", (Address("support", "hoster.example"),), phone="8 800")

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
_WORDS = st.one_of(
    st.text(_RUSSIAN, min_size=1, max_size=14),
    st.text(_RUSSIAN + "«»—–№…,;:!?'\"()<>@.=_", min_size=1, max_size=12),
    st.text("abcXYZ0189.-_=?@", min_size=1, max_size=14),
    st.sampled_from(["🙂", "👩‍💻", "❤️", "🇷🇺", "=?", "?=", "é", "ﬀ", "中文"]),
)
_LINES = st.lists(_WORDS, min_size=1, max_size=12).map(" ".join)


def letter_of(subject: str) -> Letter:
    # The outsider's letter shows the subject and nothing beside it.
    return replace(sample(LetterKind.OUTSIDER, Language.RU), subject=subject)


def composed(name: str, subject: str, letter: int = 1) -> Composed:
    desk = replace(DESK, name=name)
    return Letters(Policy(desk, (b"k" * 32,)), None, "verp", "").compose(letter_of(subject), letter, NOW)


def unfolded(value: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", value)  # RFC 5322, 2.2.3


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_LINES, _LINES)
def test_subject_name_and_text_survive_both_parsers(name: str, subject: str) -> None:
    raw = composed(name, f"Вопрос {subject}").raw
    old, new = email.message_from_bytes(raw), email.message_from_bytes(raw, policy=email.policy.default)
    author, address = parseaddr(unfolded(str(old["From"])))

    assert str(make_header(decode_header(unfolded(str(old["Subject"]))))) == f"Re: Вопрос {subject}"
    assert new["Subject"] == f"Re: Вопрос {subject}"
    assert (str(make_header(decode_header(author))), address) == (name, "support@hoster.example")
    # This parser shows a space between two encoded words of a name, against RFC 2047, 6.2.
    (shown,) = new["From"].addresses
    assert (shown.display_name.split(), shown.addr_spec) == (name.split(), "support@hoster.example")
    assert new.get_content().endswith(f"\r\n\r\nС уважением,\r\n{name}\r\n")
    assert old.get_payload(decode=True) == new.get_content().encode()


_MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = example.com
virtual_transport = lmtp:unix:{lmtp}
"""
_MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix_before(lmtp: Path) -> Iterator[int]:
    """A Postfix that hands everything to the socket `lmtp`; gives its SMTP port."""
    if not Path("/usr/sbin/postfix").exists():
        raise AssertionError(LACKING)
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    for part in ("conf", "queue", "data"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    port = free_port()
    (folder / "conf/main.cf").write_text(_MAIN_CF.format(folder=folder, lmtp=lmtp), encoding="utf-8")
    (folder / "conf/master.cf").write_text(_MASTER_CF.format(port=port), encoding="utf-8")
    control = ("/usr/sbin/postfix", "-c", str(folder / "conf"))
    with (folder / "said").open("wb") as said:
        try:
            # The command returns when the listeners stand.
            subprocess.run((*control, "start"), stdout=said, stderr=said, timeout=30, check=True)
            yield port
        finally:
            subprocess.run((*control, "stop"), stdout=said, stderr=said, timeout=30, check=False)
            shutil.rmtree(folder)


def test_letters_survive_postfix_and_dovecot() -> None:
    sent: dict[str, bytes] = {}
    with Dovecot() as dovecot, postfix_before(dovecot.lmtp) as port, smtplib.SMTP("127.0.0.1", port) as relay:

        @settings(max_examples=50, database=None, deadline=None, phases=[Phase.generate])
        @given(_LINES, _LINES)
        def send_some(name: str, subject: str) -> None:
            letter = composed(name, subject, len(sent) + 1)
            relay.sendmail(letter.envelope_sender, [letter.recipient], letter.raw)
            sent[letter.message_id] = letter.raw

        send_some()
        inbox = dovecot.imap("ivan")
        wait_for(inbox, len(sent))
        stored = fetch_all(inbox)
        inbox.logout()

    # Every hop writes above what it got; below that, not an octet differs.
    got = {str(email.message_from_bytes(raw)["Message-ID"]): raw for raw in stored}
    assert len(stored) == len(sent) >= 50
    assert [key for key, raw in sent.items() if not got[key].endswith(b"\r\n" + raw)] == []
