"""Which projects a demo round has, and what goes differently in each."""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from demo.story import Story, somebody
from domain.lifecycle import Stage
from domain.needs.categories import category_name
from models import Community, Need, Project
from models.needs import NeedStatus
from services.needs.assign_places import assign_place
from services.projects.forming import form_project

PROJECTS: Final = 12
_AT_MOST_IN_A_STREET: Final = 2
_LABEL: Final = "（演示指定地点 / place assigned by the demo）"


def assign_waiting_places(session: Session, rng: random.Random) -> int:
    """Give needs without a place one at random, labelled as the demo's doing; return how many."""
    waiting = session.exec(
        select(Need).where(Need.status == NeedStatus.AWAITING_PLACE).order_by(col(Need.code))
    ).all()
    communities = session.exec(select(Community).order_by(col(Community.code))).all()
    for need in waiting:
        assign_place(session, need=need, community=rng.choice(communities), note=_LABEL)
    return len(waiting)


def group_needs(session: Session) -> list[list[Need]]:
    """Return registered needs by community and category, those with most supporters first."""
    groups: dict[tuple[str, str], list[Need]] = defaultdict(list)
    needs = session.exec(
        select(Need).where(Need.status == NeedStatus.REGISTERED).order_by(col(Need.code))
    ).all()
    for need in needs:
        groups[str(need.community_code), need.category].append(need)
    return sorted(groups.values(), key=lambda group: -sum(need.supporters for need in group))


def choose_groups(session: Session) -> list[list[Need]]:
    """Return the needs of up to twelve projects, spread over the streets."""
    taken: dict[str, int] = defaultdict(int)
    chosen: list[list[Need]] = []
    for group in group_needs(session):
        street = str(group[0].street_code)
        if taken[street] < _AT_MOST_IN_A_STREET and len(chosen) < PROJECTS:
            taken[street] += 1
            chosen.append(group)
    return chosen


def form_projects(session: Session) -> list[UUID]:
    """Form the round's projects from the chosen needs."""
    return [form_from(session, group).id for group in choose_groups(session)]


def form_from(session: Session, group: Sequence[Need]) -> Project:
    """Form one project from needs of one community."""
    community = session.get_one(Community, group[0].community_code)
    place = community.name.removesuffix("居委会").removesuffix("社区")
    name = category_name(group[0].category).zh
    return form_project(
        session,
        need_ids=[need.id for need in group],
        title=f"{place}社区{name}：{group[0].title}",
        actor=somebody(session, f"secretary-{community.code}-1"),
    )


def tell_stories(project_ids: Sequence[UUID], rng: random.Random) -> list[Story]:
    """Let things go wrong as they do: at least one of each kind, further ones by chance."""
    stories = [
        Story(id_, random.Random(rng.random()), quality=rng.randint(62, 96)) for id_ in project_ids
    ]
    order = list(stories)
    rng.shuffle(order)
    twists: tuple[dict[str, object], ...] = (
        {"rejected": True},
        {"no_bids": True},
        {"ceiling_forgotten": True},
        {"late_bid": True},
        {"returned": Stage.EVALUATE},
        {"returned": Stage.PUBLISH},
        {"objection": "dismissed"},
        {"objection": "upheld"},
        {"recused": True, "disputed": True},
        {"trouble": "heals"},
        {"trouble": "exit"},
        {"blind": True},
    )
    for story, twist in zip(order, twists, strict=False):
        for name, value in twist.items():
            setattr(story, name, value)
    for story in order[len(twists) :]:
        if rng.random() < 0.3:
            story.returned = rng.choice((Stage.EVALUATE, Stage.PUBLISH, Stage.AWARD))
    return stories
