"""Queries that are asked all day: the ORM builds their SQL once, PostgreSQL plans it once, then they are only sent.

Building a query's SQL anew costs Django several times what PostgreSQL needs to answer it, and a message passes many.
So a function that returns a queryset becomes, with `query`, the question itself:

    @prepared.query
    def _files_of(name: str) -> QuerySet[StoredFile]:
        return StoredFile.objects.filter(name=name)

    for file in _files_of("menu.pdf"): ...

The function runs once in a process, with stand-ins for its arguments, so all it may do with them is compare columns
with them. They are annotated (UUID, str, int, datetime) and never None. Scoped managers work as ever: the company is
that of the scope open at the call, and outside a scope the call raises.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from inspect import signature
from typing import Any, Generic, ParamSpec, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.query import ModelIterable, get_related_populators
from django.db.transaction import TransactionManagementError

from happ_project.core import tenancy

P = ParamSpec("P")
Row = TypeVar("Row")

_Cursor: Any = ServerBindingCursor
_populators: Any = get_related_populators
_COMPANY = UUID(int=1)
_STAND_INS: dict[type, Callable[[int], Any]] = {
    UUID: lambda n: UUID(int=1_000 + n),
    str: lambda n: f"stand-in {n}",
    int: lambda n: 2_000_000_000 + n,
    datetime: lambda n: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=n),
}


def cursor() -> Any:
    """A cursor of the open connection for SQL whose text never changes: PostgreSQL keeps it planned."""
    own: Any = connections[DEFAULT_DB_ALIAS]  # this thread's; Django's `connection` looks it up for every attribute
    if own.queries_logged:
        return own.cursor()  # its log shows the values, too
    own.close_if_health_check_failed()
    own.ensure_connection()
    with own.wrap_database_errors:
        return own._prepare_cursor(_Cursor(own.connection))


class Query(Generic[P, Row]):
    """A question; calling it gives the rows."""

    def __init__(self, build: Callable[P, "models.QuerySet[Any, Row]"]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        assert not kwargs, "arguments are given in their order"
        return self._shape.rows(args)

    def first(self, *args: P.args, **kwargs: P.kwargs) -> Row | None:
        """The first row, or None."""
        return next(iter(self(*args, **kwargs)), None)

    @cached_property
    def _shape(self) -> "_Shape":
        kinds = [parameter.annotation for parameter in signature(self._build).parameters.values()]
        stand_ins = [_STAND_INS[kind](n) for n, kind in enumerate(kinds)]
        with tenancy.company_scope(_COMPANY):
            return _Shape(cast("Any", self._build)(*stand_ins), stand_ins)


query = Query
"""The decorator."""


class _Shape:
    """What a queryset comes down to: its SQL, where the values go, and how a row becomes what the caller wants."""

    def __init__(self, queryset: models.QuerySet, stand_ins: list[Any]) -> None:
        self._compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, params = self._compiler.as_sql()
        places = {value: n for n, value in enumerate([*stand_ins, _COMPANY])}
        # a place among the arguments, of which the company is the last, or a value that is always the same
        self._values = [(places.get(value), value) for value in params]
        used = {place for place, _ in self._values}
        if missing := set(range(len(stand_ins))) - used:
            raise TypeError(
                f"arguments {missing} of a query on {queryset.model.__name__} do not reach its SQL as given"
            )
        self._is_scoped, self._is_locking = len(stand_ins) in used, queryset.query.select_for_update
        self._read = _reader(queryset, self._compiler)
        self._converters = self._compiler.get_converters([column for column, _, _ in self._compiler.select])

    def rows(self, args: tuple[Any, ...]) -> list[Any]:
        if self._is_locking and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked inside a transaction only")
        given = (*args, tenancy.current_company_id()) if self._is_scoped else args
        with cursor() as database:
            database.execute(self._sql, [value if place is None else given[place] for place, value in self._values])
            found = database.fetchall()
        if self._converters and found:
            found = self._compiler.apply_converters(found, self._converters)
        return [self._read(row) for row in found]


def _reader(queryset: models.QuerySet, compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """As the querysets' own iterables do it: a model with what was selected along with it, or a tuple of values."""
    if not issubclass(queryset._iterable_class, ModelIterable):
        return tuple
    chosen = compiler.klass_info["select_fields"]
    begin, end = chosen[0], chosen[-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[begin:end]]
    others = _populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)

    def read(row: Sequence[Any]) -> Any:
        made = queryset.model.from_db(DEFAULT_DB_ALIAS, names, row[begin:end])
        for other in others:
            other.populate(row, made)
        return made

    return read


def update(row: models.Model, *columns: str) -> None:
    """Write these columns of a stored row, as `save(update_fields=…)` does."""
    if not update_if(row, columns):
        raise DatabaseError(f"{row._meta.label} {row.pk} is gone")


def update_if(row: models.Model, columns: Sequence[str], **conditions: Any) -> bool:
    """Write these columns of a stored row if other columns of it have these values (none is None). Says if it did."""
    sql = _update_of(type(row), tuple(columns), tuple(conditions))
    values = values_of(row, tuple(columns))
    with cursor() as database:
        database.execute(sql, [*values, row.pk, *conditions.values()])
        return bool(database.rowcount)


@cache
def _update_of(model: type[models.Model], columns: tuple[str, ...], conditions: tuple[str, ...]) -> str:
    settings = ", ".join(f"{name} = %s" for name in names_of(model, columns))
    where = " AND ".join(f"{name} = %s" for name in names_of(model, (str(model._meta.pk.name), *conditions)))
    # the only text put in are our own model's table and columns
    return f"UPDATE {connection.ops.quote_name(model._meta.db_table)} SET {settings} WHERE {where}"  # noqa: S608


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> list["models.Field"]:
    return [cast("models.Field", model._meta.get_field(name)) for name in names]


def names_of(model: type[models.Model], fields: tuple[str, ...]) -> list[str]:
    """Their columns, quoted."""
    return [connection.ops.quote_name(str(field.column)) for field in _fields(model, fields)]


def values_of(row: models.Model, fields: tuple[str, ...]) -> list[Any]:
    """What a row holds in these fields, as it is written."""
    known = _fields(type(row), fields)
    return [field.get_db_prep_save(field.pre_save(row, False), connection) for field in known]


def columns_of(model: type[models.Model]) -> str:
    """Every column of a model's table, for a `RETURNING` whose rows `read` understands."""
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields)


def read(model: type[models.Model], row: Sequence[Any]) -> Any:
    """The model instance of a row of `columns_of`."""
    names, conversions = _reading(model)
    values = list(row)
    for place, column, converters in conversions:
        for convert in converters:
            values[place] = convert(values[place], column, connection)
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@cache
def _reading(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Any, list[Any]]]]:
    """Names of the attributes, and what has to be done to which values."""
    fields = model._meta.concrete_fields
    columns = [field.get_col(model._meta.db_table) for field in fields]
    conversions = [
        (place, column, connection.ops.get_db_converters(column) + field.get_db_converters(connection))
        for place, (field, column) in enumerate(zip(fields, columns, strict=True))
    ]
    return [field.attname for field in fields], [each for each in conversions if each[2]]
