"""Find the community that a file means, or say which it may have meant."""

import difflib
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.text import Text
from models import Community, Street
from services.clock import now

_SUFFIX: Final = re.compile(r"(社区居民委员会|居民委员会|社区居委会|居委会|社区|村)$")


class RowWrong(Exception):
    """An error in a row: the column, the rule and its sentence."""

    def __init__(self, column: str, rule: str, text: Text) -> None:
        """Keep all three."""
        super().__init__(rule)
        self.column, self.rule, self.text = column, rule, text


@dataclass(frozen=True)
class Places:
    """The communities by their short names, and what their streets are called."""

    by_name: dict[str, list[Community]]
    streets: dict[str, str]

    @classmethod
    def read(cls, session: Session) -> "Places":
        """Read the places that count today."""
        by_name: dict[str, list[Community]] = {}
        for community in session.exec(select(Community).where(*_count(session))):
            by_name.setdefault(short_name(community.name), []).append(community)
        streets = {street.code: street.name for street in session.exec(select(Street))}
        return cls(by_name, streets)

    def find(self, community: str, street: str) -> Community:
        """Return the community meant; raise with a suggestion when there is none."""
        name = short_name(community)
        namesakes = self.by_name.get(name, [])
        if street:
            namesakes = [
                namesake
                for namesake in namesakes
                if short_street(self.streets[namesake.street_code]) == street
            ]
        if len(namesakes) == 1:
            return namesakes[0]
        if len(namesakes) > 1:
            raise RowWrong(
                "community",
                "community-ambiguous",
                Text(
                    f"有多个“{community}”，请填写所属街道。",
                    f"Several communities are called {community}; fill in the street.",
                ),
            )
        near = difflib.get_close_matches(name, self.by_name, n=2, cutoff=0.5)
        hint = "、".join(f"{near_name}社区" for near_name in near)
        raise RowWrong(
            "community",
            "community-unknown",
            Text(
                f"没有找到社区“{street and street + '街道'}{community}”"
                + (f"，是否为{hint}？" if hint else "，请核对名称。"),
                f"The community {community!r} is not known in {street or 'the district'}"
                + (f"; perhaps {', '.join(near)}?" if near else "; check its name."),
            ),
        )


def _count(session: Session) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions of a community that counts today."""
    return col(Community.valid_to).is_(None), col(Community.valid_from) <= _today(session)


def counts(session: Session, community: Community | None) -> bool:
    """Tell whether new needs are taken for a community today."""
    return (
        community is not None
        and community.valid_to is None
        and community.valid_from <= _today(session)
    )


def _today(session: Session) -> date:
    return now(session).astimezone(BEIJING).date()


def list_communities(session: Session) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every street's name with the codes and names of its communities that count today."""
    rows = session.exec(
        select(Street.name, Community.code, Community.name)
        .join(Street, col(Street.code) == Community.street_code)
        .where(*_count(session))
        .order_by(col(Street.code), col(Community.code))
    ).all()
    by_street: dict[str, list[tuple[str, str]]] = {}
    for street, code, name in rows:
        by_street.setdefault(street, []).append((code, name))
    return list(by_street.items())


def short_name(name: str) -> str:
    """Return a community's name without its suffix."""
    return _SUFFIX.sub("", name.strip())


def short_street(name: str) -> str:
    """Return a street's name without 街道."""
    return name.strip().removesuffix("街道").removesuffix("办事处").removesuffix("街道")
