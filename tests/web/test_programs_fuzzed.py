"""Whatever a program sends: never an error of ours, never an answer that is not described."""

import hashlib
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CHECKS

from api.json.app import create_api
from services.rate_limits import forget_all_tries
from tests.toy.installed import ALL
from tests.web.requests import VISITORS
from tests.web.world import World

API = schemathesis.openapi.from_dict(create_api(ALL).openapi())
WANTED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
# Codes, keys and numbers that are there, so that requests get past "not found".
KNOWN = {
    "key": ("evaluate-preparation-r1", "award-event-r1", "deliver-event-r1", "bid-timer-r1"),
    "number": (1, 2),
    "position": (1, 2, 3),
}


@pytest.fixture(scope="module")
def tokens(world: World, served: str) -> dict[str, str]:
    """Everybody's token; the programs themselves are not needed."""
    authorizations = {}
    for who in VISITORS:
        with world.program(served, who) as program:
            authorizations[who] = program.headers.get("authorization", "")
    return authorizations


def _pick(case: Case[Any], about: str, choices: tuple[object, ...]) -> object:
    """Choose by what was generated, so that a failure is found again."""
    told = f"{about}{case.path_parameters}{case.query}{case.body!r}".encode()
    return choices[int(hashlib.sha256(told).hexdigest(), 16) % len(choices)]


@API.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_described(
    case: Case[Any], world: World, served: str, tokens: dict[str, str]
) -> None:
    forget_all_tries()
    real = {"code": (*(project.code for project in world.projects.values()), world.need), **KNOWN}
    for name in case.path_parameters or {}:
        if name in real and _pick(case, f"whether {name}", (True, True, False)):
            case.path_parameters[name] = _pick(case, name, real[name])
    token = tokens[str(_pick(case, "who", VISITORS))]
    case.call_and_validate(
        base_url=f"{served}/api/v1",
        checks=WANTED,  # type: ignore[arg-type]
        headers={"Authorization": token} if token else {},
    )
