"""XML that somebody else wrote, as a stream of elements, without anything that attacks are made of.

A document type, an entity declaration, an external reference or a foreign encoding ends the reading: no SBOM and no
workbook needs one. Depth and the length of a text are bounded. Memory does not grow with the document.
Built on the standard library's expat; `defusedxml` does the same for trees, which are not wanted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NoReturn
from xml.parsers import expat

from seawall.kernel.limits import KIB, Limits
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors

CHUNK: Final = 64 * KIB
"""Bytes that are handed to the parser at once."""
_SEPARATOR: Final = " "
"""Between namespace and name: a namespace is a URI and has none."""


class ElementReader:
    """Feeds bytes to handlers of elements.

    Args:
        title: What is being read, for errors.
        start: Called with namespace, local name and attributes.
        end: Called with local name and the text that stood directly in the element, in one piece.
        limits: Bounds on depth in levels and on a text in bytes.
    """

    def __init__(
        self,
        title: str,
        start: Callable[[str, str, dict[str, str]], None],
        end: Callable[[str, str], None],
        limits: Limits,
    ) -> None:
        self._title = title
        self._start = start
        self._end = end
        self._limits = limits
        self._texts: list[list[str]] = []
        self._length = 0
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.buffer_text = True
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        self._parser = parser

    def feed(self, chunks: Iterable[bytes]) -> None:
        """Read a whole document, given in pieces.

        Raises:
            InvalidInputError: As for `steps`.
            LimitExceededError: As for `steps`.
        """
        for _ in self.steps(chunks):
            pass

    def steps(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Read a whole document, given in pieces, and yield after each, so that a caller can take what came of it.

        Raises:
            InvalidInputError: It is no XML (`remediation.unreadable-inventory`) or has a document type or entities
                (`remediation.hostile-xml`).
            LimitExceededError: It nests too deep or a text is too long (`remediation.too-large`).
        """
        try:
            for chunk in chunks:
                self._parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position
                yield
            self._parser.Parse(b"", True)  # noqa: FBT003
            yield
        except expat.ExpatError as error:
            raise errors.unreadable(self._title, str(error)) from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or cannot map
            raise errors.unreadable(self._title, str(error)) from None

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._texts) >= self._limits.depth:
            raise too_large("the nesting of elements", self._limits.depth, "levels")
        self._texts.append([])
        self._length = 0
        namespace, _, local = name.rpartition(_SEPARATOR)
        self._start(namespace, local, attributes)

    def _end_element(self, name: str) -> None:
        text = "".join(self._texts.pop())
        self._length = 0
        self._end(name.rpartition(_SEPARATOR)[2], text)

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._length > self._limits.string_bytes:
            raise too_large("a text", self._limits.string_bytes, "characters")
        self._texts[-1].append(text)

    def _refuse_doctype(self, *_: object) -> NoReturn:
        raise errors.hostile_xml("has a document type (DOCTYPE)")

    def _refuse_entity(self, *_: object) -> NoReturn:
        raise errors.hostile_xml("declares or uses entities")


def chunks_of(data: bytes) -> Iterable[bytes]:
    """Cut a document in pieces."""
    view = memoryview(data)
    return (bytes(view[start : start + CHUNK]) for start in range(0, len(data), CHUNK))
