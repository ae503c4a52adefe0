"""Where log lines go: to standard error, and only those that say that something failed.

Standard output is for answers. Whoever assembles parts that log calls `log_to_stderr`; `check` assembles none, and does
not import the library.
"""

from __future__ import annotations

import sys


def log_to_stderr() -> None:
    """Keep log lines out of the answer; those below `error` are dropped. Once a process; a second call does nothing."""
    import logging  # noqa: PLC0415 - who does not log does not pay

    import structlog  # noqa: PLC0415 - likewise

    if not structlog.is_configured():
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
