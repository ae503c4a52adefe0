"""Plans written out: a page to print, a table, SARIF, and VEX in three formats."""

from seawall.remediation.outputs.interface import OUTPUTS, Output, Sheet, output_of

__all__ = ["OUTPUTS", "Output", "Sheet", "output_of"]
