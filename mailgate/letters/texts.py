"""The words of our letters: jinja2 templates, the operator's over ours.

A template is looked for as `<language>/<kind>.j2` in the operator's folder, then in ours; then both again
for English. It is read from disk only: what a customer wrote is never a template and never given to one.
The sandbox and StrictUndefined are the second wall: a slip in an operator's template is an error
with a file and a line, found by `mistakes` before any mail meets it.
"""

import itertools
import re
from collections.abc import Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailgate.core.effects import Hint, Letter, LetterKind
from mailgate.core.notice import NOTHING_ASKED
from mailgate.core.number import subject_mark
from mailgate.core.policy import Desk, Language
from mailgate.core.quote import CUT_LINES
from mailgate.errors import Permanent
from mailgate.letters.asking import asking_words, askings
from mailgate.letters.blanks import BLANKS, can_have_blanks, filled_in
from mailgate.letters.moment import moment
from mailgate.letters.notice import notice_words, notices
from mailgate.letters.wire import one_line

_CUT_LINES = dict(zip(Language, CUT_LINES, strict=True))
_BETWEEN_LANGUAGES = "* * *"
_BELOW = {Language.RU: "(Русский текст ниже.)", Language.EN: "(In English below.)"}
_HINTS = tuple((hint, hint.name.lower()) for hint in Hint)  # an Enum looks its names up anew each time
_EMPTY_LINES = re.compile(r"\n{3,}")
_REMEMBERED = 128  # texts; a letter asks and hints in few of the many possible ways
_NAME = 200


class TemplateBroken(Permanent):
    """A template cannot be rendered. Says `file:line: what`; line 0 when nobody knows it."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")
        self.file = file
        self.line = line
        self.what = what


class Texts:
    """Renders letters; each template is read and compiled once, when first used.

    An operator's edit counts from the next Texts on (a reload makes one), so that a half-saved file
    never meets a mail.
    """

    def __init__(self, shipped: Path, operator: Path | None) -> None:
        self._folders = (shipped,) if operator is None else (operator, shipped)
        self._operator = operator
        # Plain text: escaping for HTML would garble quotes and ampersands.
        self._loader = FileSystemLoader(self._folders)
        self._environment = ImmutableSandboxedEnvironment(
            loader=self._loader,
            undefined=StrictUndefined,
            autoescape=False,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._have_blanks: dict[str, bool] = {}
        self._with_blanks: dict[tuple[Hashable, ...], str] = {}

    def text(self, letter: Letter, desk: Desk) -> str:
        """The whole text of a letter, in each of its languages. Raises TemplateBroken."""
        zone = ZoneInfo(desk.timezone)
        cuts = "\n".join(_CUT_LINES[language] for language in letter.languages)
        # Who reads only the second language must not give up at the first.
        below = "".join(f"\n{_BELOW[language]}" for language in letter.languages[1:])
        texts = (self._rendered(letter, language, desk, zone) for language in letter.languages)
        return f"{cuts}{below}\n\n" + f"\n\n{_BETWEEN_LANGUAGES}\n\n".join(texts) + "\n"

    def mistakes(self, samples: tuple[Letter, ...], desk: Desk) -> tuple[str, ...]:
        """What is wrong with the templates, a line each, having rendered `samples` in every way.

        Every way is: each language alone, without a hint, with each and with all; both without one and with
        all; and a desk with and without a guide and a phone.
        """
        found = dict.fromkeys(self._strangers())
        for letter, shown in itertools.product(_variants(samples), _desks(desk)):
            try:
                self.text(letter, shown)
            except TemplateBroken as why:
                found[str(why)] = None
        return tuple(found)

    def _rendered(self, letter: Letter, language: Language, desk: Desk, zone: ZoneInfo) -> str:
        names = tuple(f"{each}/{letter.kind}.j2" for each in dict.fromkeys((language, Language.EN)))
        values = {
            "number": str(letter.ticket),
            "mark": subject_mark(letter.ticket, desk.prefix),
            "asked": moment(letter.asked, language, zone) if letter.asked else "",
        }
        if _is_for_one(letter) or not self._has_blanks(names[0]):
            return self._tidy(names, {**values, **_words(letter, language, desk, zone)})
        said = (names, desk, letter.hints, letter.asking, bool(letter.asked))
        text = self._with_blanks.get(said)
        if text is None:
            blanks = BLANKS if letter.asked else {**BLANKS, "asked": ""}
            text = self._tidy(names, {**blanks, **_words(letter, language, desk, zone)})
            if len(self._with_blanks) >= _REMEMBERED:
                self._with_blanks.clear()
            self._with_blanks[said] = text
        return filled_in(text, values)

    def _has_blanks(self, name: str) -> bool:
        """Can this template have blanks? Of one that is there in English alone it is not asked."""
        if name not in self._have_blanks:
            self._have_blanks[name] = can_have_blanks(self._environment, self._loader, name)
        return self._have_blanks[name]

    def _tidy(self, names: tuple[str, ...], words: dict[str, Any]) -> str:
        try:
            text = self._environment.select_template(names).render(words)
        # A template may fail in any way its author can think of; all of them are the same to the mail.
        except Exception as why:
            raise self._broken(names[0], why) from why
        # Paragraphs that say nothing this time leave their blank lines behind.
        tidy = _EMPTY_LINES.sub("\n\n", "\n".join(map(str.rstrip, text.splitlines()))).strip("\n")
        if not tidy:
            raise TemplateBroken(self._file(names[0]), 0, "renders to nothing")
        return tidy

    def _broken(self, name: str, why: Exception) -> TemplateBroken:
        if isinstance(why, TemplateSyntaxError):
            return TemplateBroken(why.filename or self._file(why.name or name), why.lineno, why.message or "")
        if isinstance(why, TemplateNotFound):
            return TemplateBroken(self._file(name), 0, f"there is no template {why.name}")
        what = f"{type(why).__name__}: {why}"
        return TemplateBroken(*(_place(why) or (self._file(name), 0)), what)

    def _file(self, name: str) -> str:
        paths = (folder / name for folder in self._folders)
        return str(next((path for path in paths if path.exists()), name))

    def _strangers(self) -> Iterator[str]:
        """Files of the operator that no letter will ever use: a slip in a name would go unseen."""
        if self._operator is None:
            return
        known = {f"{language}/{kind}.j2" for language in Language for kind in LetterKind}
        for path in sorted(self._operator.rglob("*.j2")):
            # A leading underscore says: a piece that other templates include.
            if path.relative_to(self._operator).as_posix() not in known and not path.name.startswith("_"):
                yield f"{path}:0: no letter has this name; there are {', '.join(sorted(known))}"


def _is_for_one(letter: Letter) -> bool:
    """Is something said to one customer alone? No other letter says it, so it is not remembered."""
    asking = letter.asking
    return bool(letter.numbers or letter.notice or asking.accounts or asking.strange)


def _words(letter: Letter, language: Language, desk: Desk, zone: ZoneInfo) -> dict[str, Any]:
    """What a template is given besides the values that blanks may stand for."""
    return {
        "marks": tuple(subject_mark(number, desk.prefix) for number in letter.numbers),
        "desk": one_line(desk.name, _NAME),
        "address": desk.address.mailbox,
        "guide_url": desk.guide_url,
        "phone": desk.phone,
        "panel": desk.has_panel,
        **{word: hint in letter.hints for hint, word in _HINTS},
        **asking_words(letter.asking, language),
        **notice_words(letter.notice, language, zone),
    }


def _place(why: Exception) -> tuple[str, int] | None:
    """The innermost template file and line an error passed; jinja2 writes them into the traceback."""
    place = None
    step = why.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename.endswith(".j2"):
            place = (step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    return place


def _variants(samples: tuple[Letter, ...]) -> Iterator[Letter]:
    tongues = ((Language.RU,), (Language.EN,), (Language.RU, Language.EN))
    hints: tuple[tuple[Hint, ...], ...] = ((), *((hint,) for hint in Hint), tuple(Hint))
    for letter, languages, said in itertools.product(samples, tongues[:2], hints):
        yield replace(letter, languages=languages, hints=said)
    for letter, languages, said in itertools.product(samples, tongues, (hints[0], hints[-1])):
        yield replace(letter, languages=languages, hints=said, asked=None)
    asks = (letter for letter in samples if letter.asking != NOTHING_ASKED)
    for letter, languages, asking in itertools.product(asks, tongues[:2], askings()):
        yield replace(letter, languages=languages, asking=asking)
    tells = (letter for letter in samples if letter.notice)
    for letter, languages, notice in itertools.product(tells, tongues[:2], notices()):
        yield replace(letter, languages=languages, notice=notice)


def _desks(desk: Desk) -> tuple[Desk, ...]:
    guides = ("", desk.guide_url or "https://example.com/guide")
    phones = ("", desk.phone or "+7 800 000-00-00")
    # What the panel adds stands beside neither; so it comes and goes with the guide.
    return tuple(
        replace(desk, guide_url=guide, phone=phone, has_panel=bool(guide))
        for guide in guides
        for phone in phones
    )
