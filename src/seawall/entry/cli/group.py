"""The root of all verbs: what a verb raises becomes a message and an exit code."""

from __future__ import annotations

import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from seawall.entry.cli.output import EXIT_USAGE, exit_code_of_failure

_FRAMEWORK_USAGE: Final = 2


class GuardedGroup(TyperGroup):
    """Verbs under one guard."""

    def make_context(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - the framework's context is not public
        """Read the options of the program itself."""
        try:
            return super().make_context(*args, **extra)
        except Exception as error:
            _as_usage(error)
            raise

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - likewise
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except BaseException as error:
            if isinstance(error, typer.Exit | typer.Abort):
                raise
            if hasattr(error, "exit_code"):  # the framework's own errors of usage
                _as_usage(error)
                raise
            code = exit_code_of_failure(error, as_json="--json" in sys.argv)
            if code is None:
                raise
            raise typer.Exit(code) from None


def _as_usage(error: BaseException) -> None:
    """Give the framework's errors of usage our exit code: its own, 2, is an answer of `check`."""
    if getattr(error, "exit_code", None) == _FRAMEWORK_USAGE:
        error.exit_code = EXIT_USAGE  # type: ignore[attr-defined]
