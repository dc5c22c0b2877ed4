"""The form of the Prefect UI's Resume dialog: decision, comment and approval code.

Every field has a default, so the dispatcher can resume without input. Only plain strings.
"""

import json
from typing import Any, Final, Literal, NamedTuple

from prefect.input import RunInput
from pydantic import Field, create_model

from domain.gates import VERB_NAMES, GateKind, Policy, Verb
from models import Gate
from models.limits import LONGEST_COMMENT
from services.gates.policy_rows import from_json

DECIDED_HERE: Final = frozenset({GateKind.APPROVAL, GateKind.REPAIR})
_UNDECIDED: Final = "—"


class DialogAnswer(NamedTuple):
    """What came back from a dialog; ``wake`` is the suspension it belongs to."""

    verb: str
    option: str | None
    comment: str
    code: str
    wake: str
    key: str


class _Form(RunInput):
    """A form whose schema is created before the suspension, so saving it does nothing."""

    @classmethod
    def save(cls, keyset: Any, flow_run_id: Any = None) -> None:
        """Leave the inputs as ``flows.gates`` created them."""


def choices(policy: Policy) -> dict[str, tuple[Verb, str | None]]:
    """Return the decisions a dialog offers, by their label."""
    offered: dict[str, tuple[Verb, str | None]] = {}
    for verb in policy.verbs:
        name = VERB_NAMES[verb]
        options = policy.options if verb is Verb.APPROVE and policy.options else (None,)
        for option in options:
            label = f"{name.zh} {name.en}" + (f": {option}" if option else "")
            offered[label] = (verb, option)
    return offered


def form_for(gate: Gate) -> type[RunInput]:
    """Return the form of one gate."""
    labels = (_UNDECIDED, *choices(from_json(gate.policy)))
    decision: Any = Literal[labels]
    return create_model(
        "Decision",
        __base__=_Form,
        decision=(decision, Field(default=_UNDECIDED, title="决定 / decision")),
        comment=(str, Field(default="", max_length=LONGEST_COMMENT, title="意见 / comment")),
        approval_code=(
            str,
            Field(
                default="",
                max_length=40,
                title="审批码 / approval code",
                description="jiebang gates code",
            ),
        ),
    )


def read_answer(response: str | bytes, *, wake: str, key: str) -> DialogAnswer | None:
    """Return the answer in a stored response, or None where nothing was said."""
    values = json.loads(response)
    texts = {
        name: value if isinstance(value := values.get(name, ""), str) else ""
        for name in ("decision", "comment", "approval_code")
    }
    label, code = texts["decision"], texts["approval_code"].strip()
    if label in ("", _UNDECIDED) and not code and not texts["comment"].strip():
        return None
    verb, option = _by_label(label)
    return DialogAnswer(verb, option, texts["comment"], code, wake, key)


def _by_label(label: str) -> tuple[str, str | None]:
    chosen, _, option = label.partition(": ")
    for verb, name in VERB_NAMES.items():
        if chosen == f"{name.zh} {name.en}":
            return verb, option or None
    return "", None
