"""Records: a page and a program read and send the same ones, and none is a row of a table."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlmodel import SQLModel

import domain
import services
from api import pages
from api.json import app, shapes
from api.json.shapes.base import RequestModel, ResponseModel
from models.shapes import SECRETS
from services.registers import REGISTERS

# Shapes whose values are others than those of a record with the same names, and why.
OTHERWISE = {
    "Page": "it is of any kind of line",
    "ResultPublic": "its points are rounded so that they add up to the value",
    "StreetCommunities": "the names alone of what the register of places edits",
}
# What is sent stands beside its use case, for a form and a program alike, but for these, and why.
SENT_OTHERWISE = {
    # The form has the marks under the names of its questions; the questionnaire holds the limits.
    "Marks",
    "AssessmentCreate",
    "BallotCreate",
    "ScoreCreate",
    # A secret, which a form reads as it is typed; the use case says whether it holds.
    "AttendanceCreate",
    "SealKeyCreate",
    # One request decides every entry; the form's fields are named by the entry.
    "ListDecisions",
    "EntryDecision",
    # A bid half written: a form keeps its values as they are typed, as a draft.
    "BidDraftUpdate",
    "BudgetDraft",
    "MilestoneDraft",
    "FileDraft",
    # A program has no session that was proved: the password comes with the decision.
    "ProvedDecisionCreate",
    "ProvedCodeCreate",
    # The form's box beside the number is asked of the server's address, not of the use case.
    "SheetsAnywayCreate",
    # The form sends a file, then the list that was shown; a program sends the days.
    "CalendarYearUpdate",
    # The form has a field for each setting, and the version that was read; a program, an ETag.
    "SettingsUpdate",
    # The form ticks needs by their ids; a program knows their codes.
    "ProjectCreate",
    # No use case: which template fills in the form, whose draft a program does not see.
    "TemplateChoice",
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


def test_a_model_is_sent_to_one_face_alone_only_where_that_face_differs() -> None:
    sent = {
        kind.__name__
        for package in (shapes, pages)
        for kind in classes_in(package)
        if issubclass(kind, BaseModel) and not issubclass(kind, ResponseModel)
    }
    assert sent - {RequestModel.__name__} == SENT_OTHERWISE


SECRET = "  a\u200b secret  "
WITH_SECRETS: dict[str, dict[str, Any]] = {
    "ProvedDecisionCreate": {"verb": "approve", "dossier_version": 1},
    "ProvedCodeCreate": {"verb": "approve"},
    "AttendanceCreate": {},
    "SealKeyCreate": {},
}


def test_a_program_sends_a_secret_as_it_was_typed() -> None:
    taken = {
        model.__name__: (model, sorted(SECRETS & model.model_fields.keys()))
        for model in classes_in(shapes)
        if issubclass(model, BaseModel) and SECRETS & model.model_fields.keys()
    }
    assert taken.keys() == WITH_SECRETS.keys()
    for name, (model, secrets) in taken.items():
        sent = model.model_validate(WITH_SECRETS[name] | dict.fromkeys(secrets, SECRET))
        assert {getattr(sent, secret) for secret in secrets} == {SECRET}, name


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods} {route.path}")
def test_no_answer_is_a_row_of_a_table(route: APIRoute) -> None:
    """A column that is added to a table is told to nobody by that alone."""
    tables = {
        kind.__name__
        for kind in named_in(route.response_model)
        if issubclass(kind, SQLModel) and hasattr(kind, "__table__")
    }
    assert tables == set()
