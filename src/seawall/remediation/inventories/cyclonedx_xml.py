"""CycloneDX XML, versions 1.2 to 1.7: the same components as in JSON, read as a stream.

The namespace of the root element says the version. Elements of other namespaces, and whatever does not count, are
passed over.
"""

from __future__ import annotations

from typing import Final

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.cyclonedx import Components, Fields, check_version
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.xml_events import ElementReader, chunks_of

_TITLE: Final = "CycloneDX XML"
NAMESPACE: Final = "http://cyclonedx.org/schema/bom/"
_STEPS: Final = {
    ("", "bom"): "bom",
    ("bom", "metadata"): "metadata",
    ("bom", "components"): "list",
    ("metadata", "component"): "component",
    ("list", "component"): "component",
    ("component", "components"): "list",
    ("component", "supplier"): "maker",
    ("component", "manufacturer"): "maker",
    ("maker", "name"): "supplier",
    **{("component", name): name for name in ("name", "version", "group", "publisher", "purl", "cpe")},
}
"""What an element means, by the meaning of its parent and its name; what is not listed means nothing."""
_FIELDS: Final = frozenset({"name", "version", "group", "publisher", "purl", "cpe", "supplier"})


class _Handler:
    def __init__(self, reading: Reading, components: Components) -> None:
        self._reading = reading
        self._components = components
        self._meanings: list[str] = [""]
        self._open: list[dict[str, str]] = []
        self._pending: list[dict[str, str]] = []
        self.version = ""

    def start(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        if len(self._meanings) == 1:
            if name != "bom" or not namespace.startswith(NAMESPACE):
                raise errors.unreadable(_TITLE, f"its root is {name[:40]!r} of namespace {namespace[:60]!r}")
            self.version = namespace.removeprefix(NAMESPACE)
            check_version(self.version)
        ours = namespace.startswith(NAMESPACE)
        meaning = _STEPS.get((self._meanings[-1], name), "#nothing") if ours else "#nothing"
        if meaning == "component":
            fields = {"type": attributes.get("type", ""), "ref": attributes.get("bom-ref", "")}
            self._open.append(fields)
            self._pending.append(fields)
        self._meanings.append(meaning)

    def end(self, _name: str, text: str) -> None:
        meaning = self._meanings.pop()
        if meaning in _FIELDS:
            self._open[-1].setdefault(meaning, text.strip())
        elif meaning == "component":
            self._open.pop()
            if not self._open:
                self._flush()

    def _flush(self) -> None:
        """Hand over a component and all that is nested in it, parents before children."""
        for fields in self._pending:
            self._components.add(Fields(**fields))
        if self._meanings[-1] == "metadata":
            subject = self._pending[0]
            self._reading.title = "@".join(filter(None, (subject.get("name"), subject.get("version"))))
        self._pending.clear()


def read(document: Document, reading: Reading) -> str:
    """Read a CycloneDX XML document.

    Raises:
        InvalidInputError: It is no XML or no CycloneDX (`remediation.unreadable-inventory`), has a document type or
            entities (`remediation.hostile-xml`), or is of a version that is not supported
            (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep or has too many components (`remediation.too-large`).
    """
    components = Components(reading)
    handler = _Handler(reading, components)
    ElementReader(_TITLE, handler.start, handler.end, reading.limits).feed(chunks_of(document.data))
    components.close()
    return f"CycloneDX {handler.version} XML"
