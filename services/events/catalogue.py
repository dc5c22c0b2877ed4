"""The events and notifications that are installed, and how stored ones are read back.

The list is made in ``services.processes``; nothing registers by being imported.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import product
from typing import Any, NamedTuple, get_args

from services.events.event import PLACES, Event, Facts, Notification


class _Stored(NamedTuple):
    """The class of an action, and the fields that the action itself tells."""

    event: type[Event]
    told: Mapping[str, object]


class _Installed(NamedTuple):
    """Events by action, notifications by topic."""

    events: Mapping[str, _Stored]
    notifications: Mapping[str, type[Notification]]


_installed = _Installed({}, {})


def install_events(classes: Sequence[type[Facts]]) -> None:
    """Let these be the events and notifications, in the place of any before, at once.

    Raises ValueError where two share an action or a topic.
    """
    global _installed
    actions = [pair for kind in classes if issubclass(kind, Event) for pair in _actions(kind)]
    topics = [(kind.topic, kind) for kind in classes if issubclass(kind, Notification)]
    for names in ([name for name, _ in actions], [name for name, _ in topics]):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two events share a name: {twice}")
    _installed = _Installed(dict(actions), dict(topics))


def _actions(kind: type[Event]) -> Iterator[tuple[str, _Stored]]:
    """Give every action of a class: one for each value of the fields in its tag."""
    names = PLACES.findall(kind.tag)
    for values in product(*(_values(kind, name) for name in names)):
        told = dict(zip(names, values, strict=True))
        yield kind.tag.format_map(told), _Stored(kind, told)


def _values(kind: type[Event], name: str) -> Sequence[object]:
    annotation: Any = kind.model_fields[name].annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return list(annotation)
    return get_args(annotation)


def event_classes() -> set[type[Facts]]:
    """Return every class that is installed."""
    events = {stored.event for stored in _installed.events.values()}
    return {*events, *_installed.notifications.values()}


def actions() -> Mapping[str, type[Event]]:
    """Return the class of every action."""
    return {action: stored.event for action, stored in _installed.events.items()}


def topics() -> Mapping[str, type[Notification]]:
    """Return the class of every topic."""
    return _installed.notifications


def public_actions() -> list[str]:
    """Return the actions that everybody may read."""
    return [action for action, stored in _installed.events.items() if stored.event.line]


def read_event(action: str, facts: Mapping[str, Any]) -> Event:
    """Return the event that an audit entry holds; raise KeyError for an action of no class."""
    kind, told = _installed.events[action]
    return kind.model_validate({**_known(kind, facts), **told})


def read_notification(topic: str, facts: Mapping[str, Any]) -> tuple[Notification, str]:
    """Return the notification that the outbox holds, and what it is about.

    Raises KeyError for a topic of no class.
    """
    kind = _installed.notifications[topic]
    return kind.model_validate(_known(kind, facts)), str(facts.get(kind.subject, ""))


def _known(kind: type[Facts], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that a class knows; a later release may have written more."""
    return {name: value for name, value in facts.items() if name in kind.model_fields}
