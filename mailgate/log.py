"""One line a fact, key=value, on standard error; journald keeps the rest (`<N>` is its priority).

No bodies, no secrets. What came from a mail is escaped by the renderer, so that nobody writes our log.
"""

import contextlib
import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # sd-daemon(3)


def _priority(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    # The prefix must be the first thing on the line: it rides in front of the event's own key.
    event["_priority"] = _PRIORITY.get("error" if method == "exception" else method, 6)
    return event


def _clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out what is None; show control characters and the like as escapes."""
    return {
        key: value
        if not isinstance(value, str) or value.isprintable() or key == "exception"
        else _escaped(value)
        for key, value in event.items()
        if value is not None
    }


def _escaped(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


class _Render:
    def __init__(self, *, journal: bool) -> None:
        self._journal = journal
        self._line = structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"], drop_missing=True, bool_as_flag=False
        )

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        priority = event.pop("_priority")
        error = event.pop("exception", None)
        line = self._line(logger, method, event)
        if error:
            line += "\n" + error
        return f"<{priority}>{line}" if self._journal else line


class _Output(structlog.PrintLogger):
    """Writes lines; a log that cannot be written (full disk, closed pipe) stops nobody's work."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = exception = log = msg


def configure(*, level: str = "info", journal: bool = False, stream: TextIO | None = None) -> None:
    """Set up the log for this process. With `journal`, journald adds the time and reads the priority."""
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        _clean,
        _priority,
    ]
    if not journal:
        processors.insert(0, structlog.processors.TimeStamper(fmt="iso", utc=True))
    structlog.configure(
        processors=[*processors, _Render(journal=journal)],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: _Output(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
