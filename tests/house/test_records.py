"""Read models: a page and a program read the same record, and none is a row of a table."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest
from fastapi.routing import APIRoute
from sqlmodel import SQLModel

import domain
import services
from api.json import app, shapes
from api.json.shapes.base import ResponseModel
from services.registers import REGISTERS

# Shapes whose values are others than those of a record with the same names, and why.
OTHERWISE = {
    "Page": "it is of any kind of line",
    "ResultPublic": "its points are rounded so that they add up to the value",
    "StreetCommunities": "the names alone of what the register of places edits",
}


def classes_in(package: ModuleType) -> Iterator[type[Any]]:
    """Give the classes that the modules of a package define."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and kind.__module__ == module.name:
                yield kind


def fields_of(kind: type[Any]) -> frozenset[str]:
    """Return the names of a record's fields, none for any other class."""
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else ()
    return frozenset(names or getattr(kind, "_fields", ()))


def named_in(annotation: Any) -> Iterator[type[Any]]:
    """Give every class that an annotation names, and every class that their fields name."""
    for part in get_args(annotation):
        yield from named_in(part)
    if isinstance(annotation, type):
        yield annotation
        if hasattr(annotation, "model_fields") or is_dataclass(annotation):
            for part in get_type_hints(annotation).values():
                yield from named_in(part)


RECORDS = [kind for package in (domain, services) for kind in classes_in(package)]
SHAPES = [kind for kind in classes_in(shapes) if issubclass(kind, ResponseModel)]
ROUTES = [
    route
    for router in app.api_routers(REGISTERS)
    for route in router.routes
    if isinstance(route, APIRoute) and route.response_model
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_shape_is_there_only_where_a_program_is_told_otherwise(shape: type[Any]) -> None:
    names = frozenset(shape.model_fields)
    alike = [record.__qualname__ for record in RECORDS if names and fields_of(record) == names]
    assert bool(alike) is (shape.__name__ in OTHERWISE), alike


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods} {route.path}")
def test_no_answer_is_a_row_of_a_table(route: APIRoute) -> None:
    """A column that is added to a table is told to nobody by that alone."""
    tables = {
        kind.__name__
        for kind in named_in(route.response_model)
        if issubclass(kind, SQLModel) and hasattr(kind, "__table__")
    }
    assert tables == set()
