"""A use case takes one model: a form and a program are told the same about the same value."""

from typing import NamedTuple

import pytest

from tests.web.visitor import Visitor
from tests.web.world import World

LONG = "长" * 5000


class Case(NamedTuple):
    """Who sends what: the form and its field, and the program's method, address and field."""

    who: str
    form: str
    field: str
    method: str
    address: str
    name: str
    value: str
    rest: dict[str, object] = {}  # noqa: RUF012


CASES = {
    "objection": Case(
        "other organisation",
        "/projects/{notice}/objection",
        "grounds",
        "POST",
        "/projects/{notice}/objections",
        "grounds",
        LONG,
    ),
    "complaint": Case(
        "other organisation",
        "/projects/{delivering}/complaints",
        "text",
        "POST",
        "/projects/{delivering}/complaints",
        "text",
        "短",
    ),
    "question": Case(
        "other organisation",
        "/projects/{bidding}/questions",
        "text",
        "POST",
        "/projects/{bidding}/questions",
        "text",
        LONG,
    ),
    "cancellation": Case(
        "administrator",
        "/desk/{preparing}/evaluate-preparation-r1/cancel",
        "reason",
        "POST",
        "/projects/{preparing}/cancellation",
        "reason",
        "x",
    ),
    "answer to an objection": Case(
        "administrator",
        "/desk/{notice}/notice-timer-r1/objections/{objection}",
        "answer-{objection}",
        "PATCH",
        "/projects/{notice}/objections/{objection}",
        "answer",
        LONG,
        {"upheld": False},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_both_faces_say_the_same(world: World, served: str, case: Case) -> None:
    names = {name: project.code for name, project in world.projects.items()}
    names["objection"] = str(world.objection)
    with world.program(served, case.who) as program:
        answer = program.request(
            case.method,
            case.address.format_map(names),
            json={case.name: case.value, **case.rest},
            headers={"Idempotency-Key": f"faces-{case.name}-{len(case.value)}"},
        )
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == f"/{case.name}"

    visitor = Visitor(served, world.people[case.who])
    sent = {case.field.format_map(names): case.value}
    if case.rest:
        sent[f"upheld-{names['objection']}"] = "no"
    page = visitor.post(case.form.format_map(names), **sent)
    assert page.status_code == 422
    assert problem["zh"] in page.text
    assert 'aria-invalid="true"' in page.text
