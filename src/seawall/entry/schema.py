"""All tables, declared by importing every store: what migrations are compared with."""

import seawall.advisories.store
import seawall.intake.store
import seawall.platform.ledger.store
import seawall.platform.runner.store
import seawall.priority.store
import seawall.remediation.store
import seawall.triage.store
import seawall.validation.store

__all__ = ["seawall"]
