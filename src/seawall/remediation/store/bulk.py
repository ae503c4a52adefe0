"""Many rows by few statements: as each dialect takes them fastest, and without an object for each value.

SQLite gets one prepared statement for many tuples; PostgreSQL gets one array a column (`unnest`). Questions about many
keys are cut into chunks. Values are always parameters; what is put into a statement are names of the room's own tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult

from seawall.remediation.store.tables import chunks

_CHUNK: Final = 10_000
"""Values, or pairs of values, in one question: two of each are below SQLite's limit of 32,766 parameters."""
_ARRAYS: Final = {
    sa.BigInteger: "bigint[]",
    sa.Integer: "int[]",
    sa.String: "text[]",
    sa.LargeBinary: "bytea[]",
    sa.Boolean: "boolean[]",
}
"""By the type of a column; the first that fits counts."""
Rows = CursorResult[*tuple[Any, ...]]


class Bulk:
    """Statements about many rows, on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"

    def add(
        self,
        columns: Sequence[sa.Column[Any]],
        rows: Sequence[tuple[Any, ...]],
        *,
        replacing: tuple[sa.Column[Any], sa.Column[Any]] | None = None,
    ) -> None:
        """Insert rows; those whose key is there already stay as they are.

        Args:
            columns: Of one table, in the order of the rows' values.
            rows: May repeat a key; the first counts, the last on SQLite where one is replaced.
            replacing: A unique column, and the one that takes the new value where the key is there already.
        """
        if not rows:
            return
        names = ", ".join(column.name for column in columns)
        conflict = "ON CONFLICT DO NOTHING"
        if replacing is not None:
            key, value = replacing[0].name, replacing[1].name
            conflict = f"ON CONFLICT ({key}) DO UPDATE SET {value} = excluded.{value}"
        into = f"INSERT INTO {columns[0].table.name} ({names})"
        if self._is_sqlite:
            marks = ", ".join("?" * len(columns))
            self._connection.exec_driver_sql(f"{into} VALUES ({marks}) {conflict}", list(rows))
            return
        arrays = ", ".join(f"%s::{_array(column)}" for column in columns)
        values = tuple(list(each) for each in zip(*rows, strict=True))
        self._connection.exec_driver_sql(f"{into} SELECT * FROM unnest({arrays}) {conflict}", values)  # noqa: S608 - names of our own tables

    def among(self, statement: str, values: Collection[Any], *before: object) -> Iterator[Rows]:
        """Run a statement once for each chunk of values, sorted, and yield the results.

        Args:
            statement: Ends in the column that must be one of the values: `SELECT … WHERE id`. `?` stands for a value.
            values: Of one type.
            before: Values of the statement's own.
        """
        for chunk in chunks(sorted(values), _CHUNK):
            if self._is_sqlite:
                marks = ", ".join("?" * len(chunk))
                yield self._connection.exec_driver_sql(f"{statement} IN ({marks})", (*before, *chunk))
            else:
                text = statement.replace("?", "%s")
                yield self._connection.exec_driver_sql(f"{text} = ANY(%s)", (*before, list(chunk)))

    def pairs(
        self, wanted: sa.Column[Any], columns: tuple[sa.Column[Any], sa.Column[Any]], pairs: Sequence[tuple[Any, Any]]
    ) -> Iterator[Rows]:
        """Yield rows of two columns and a wanted third one, for pairs of values of the first two."""
        one, other, table = columns[0].name, columns[1].name, wanted.table.name
        ask = f"SELECT t.{one}, t.{other}, t.{wanted.name} FROM"
        join = f"CROSS JOIN {table} t WHERE t.{one} = w.one AND t.{other} = w.other"
        for chunk in chunks(pairs, _CHUNK):
            if self._is_sqlite:
                marks = ", ".join(["(?, ?)"] * len(chunk))
                with_ = f"WITH w (one, other) AS (VALUES {marks})"
                flat = tuple(value for pair in chunk for value in pair)
                yield self._connection.exec_driver_sql(f"{with_} {ask} w {join}", flat)
            else:
                arrays = f"unnest(%s::{_array(columns[0])}, %s::{_array(columns[1])}) AS w (one, other)"
                values = ([pair[0] for pair in chunk], [pair[1] for pair in chunk])
                yield self._connection.exec_driver_sql(f"{ask} {arrays} {join}", values)


def _array(column: sa.Column[Any]) -> str:
    return next(array for type_, array in _ARRAYS.items() if isinstance(column.type, type_))
