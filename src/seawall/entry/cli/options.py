"""Options that many verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the decision.", envvar="SEAWALL_USER")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why; kept with the decision.")]
