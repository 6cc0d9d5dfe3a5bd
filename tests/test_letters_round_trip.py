"""What we write is what is read: through Python's two parsers, and through Postfix and Dovecot.

Random Russian words found what hand-made examples did not: header writers that lose or add a space
between words, or split a letter in two, only at certain lengths.
"""

import email
import email.policy
import re
import smtplib
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mailgate.core.effects import Letter, LetterKind
from mailgate.core.mail import Address
from mailgate.core.policy import Desk, Language, Policy
from mailgate.letters import Composed, Letters, sample
from tests.dovecot import Dovecot, fetch_all, wait_for
from tests.postfix import postfix_before

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


def test_letters_survive_postfix_and_dovecot() -> None:
    sent: dict[str, bytes] = {}
    with (
        Dovecot() as dovecot,
        postfix_before(dovecot.lmtp) as postfix,
        smtplib.SMTP("127.0.0.1", postfix.port) as relay,
    ):

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
