"""One line a fact, key=value (logfmt), on standard error; journald keeps the rest (`<N>` is its priority).

No bodies, no secrets. What came from a mail is escaped by the renderer, so that nobody writes our log.
"""

import contextlib
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.processors import format_exc_info
from structlog.typing import EventDict, WrappedLogger

_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # sd-daemon(3)
_BARE = re.compile(r"[\w.:/@+\-]*", re.ASCII)


class _Line:
    """An event as a line. In one go: structlog's own chain takes thrice as long, for three lines a mail."""

    def __init__(self, *, journal: bool) -> None:
        self._journal = journal

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        if "exc_info" in event:
            event = format_exc_info(logger, method, event)
        error = event.pop("exception", None)
        level = "error" if method == "exception" else method
        words = [f"level={level}", f"event={_shown(event.pop('event', ''))}"]
        words += [f"{key}={_shown(value)}" for key, value in event.items() if value is not None]
        line = " ".join(words)
        if self._journal:
            line = f"<{_PRIORITY.get(level, 6)}>{line}"
        else:
            line = f"timestamp={datetime.now(UTC).isoformat().replace('+00:00', 'Z')} {line}"
        return f"{line}\n{error}" if error else line


def _shown(value: object) -> str:
    """A value in its line: control characters and the like as escapes, in quotes where it needs them."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if _BARE.fullmatch(text):
        return text
    if not text.isprintable():
        text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    if " " not in text and "=" not in text and '"' not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Output(structlog.PrintLogger):
    """Writes lines; a log that cannot be written (full disk, closed pipe) stops nobody's work."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = exception = log = msg


def configure(
    *, level: str = "info", journal: bool = False, stream: TextIO | None = None, for_good: bool = False
) -> None:
    """Set up the log for this process. With `journal`, journald adds the time and reads the priority.

    `for_good`: it is not set up again, so that loggers need not ask each time how.
    """
    output = _Output(stream or sys.stderr)
    structlog.configure(
        processors=[_Line(journal=journal)],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: output,
        cache_logger_on_first_use=for_good,
    )
