"""Drivers: how data (or a script) meets a package. One file for each language; the programs are in `runtime`."""

from seawall.validation.drivers.interface import Account, Driver, Phase, Trial, VariableNames
from seawall.validation.drivers.node import NodeScriptDriver, node_input_driver
from seawall.validation.drivers.python import PythonScriptDriver, python_input_driver
from seawall.validation.evidence import InputEvidence, ScriptEvidence

__all__ = ["Account", "Driver", "Phase", "Trial", "VariableNames", "driver_for"]


def driver_for(purl_type: str, evidence: InputEvidence | ScriptEvidence, names: VariableNames) -> Driver | None:
    """Return the driver for evidence about a package of this purl type, or `None` if there is none."""
    is_script = isinstance(evidence, ScriptEvidence)
    if purl_type == "pypi":
        return PythonScriptDriver(names) if is_script else python_input_driver(names)
    if purl_type == "npm":
        return NodeScriptDriver(names) if is_script else node_input_driver(names)
    return None
