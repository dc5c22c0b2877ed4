"""Give needs that wait for a place the one they belong to."""

from pathlib import Path
from typing import Final

from sqlmodel import Session, select

from domain.errors import BadInput
from models import Community, Need
from models.needs import NeedStatus
from services.clock import now
from services.district.places import Places, RowWrong
from services.events.record import record
from services.needs.events import NeedsPlaced
from services.tables.read import Columns, read_table

_COLUMNS: Final = Columns(
    {
        "reference": ("reference", "编号", "需求编号", "来源编号", "地点"),
        "community": ("community", "社区", "所属社区"),
    },
    ("reference", "community"),
)


def assign_place(session: Session, *, need: Need, community: Community, note: str = "") -> None:
    """Give a waiting need its place; ``note`` is appended to its place's text, visibly."""
    if need.status is not NeedStatus.AWAITING_PLACE:
        raise BadInput(
            zh=f"需求 {need.code} 不在等待指定地点。", en=f"{need.code} does not wait for a place."
        )
    need.street_code, need.community_code = community.street_code, community.code
    need.place_text = f"{need.place_text} {note}".strip()
    need.status = NeedStatus.REGISTERED
    session.flush()


def apply_place_map(session: Session, *, path: Path, actor: str) -> int:
    """Assign places by a file with the columns ``reference`` and ``community``.

    ``reference`` is a need's code, its reference in the source, or the text of its place;
    ``community`` a code or a name. Returns how many needs got a place. Raises BadInput naming the
    first line that cannot be followed.
    """
    places = Places.read(session)
    assigned = 0
    for line in read_table(path, _COLUMNS).rows:
        key, place = line.values["reference"], line.values["community"]
        if not key or not place:
            raise BadInput(
                zh=f"地点对照表第 {line.number} 行不完整，请填写 reference 和 community。",
                en=f"Line {line.number} of the place map lacks its reference or community.",
            )
        community = _community(session, places, place)
        needs = session.exec(
            select(Need).where(
                Need.status == NeedStatus.AWAITING_PLACE,
                (Need.code == key) | (Need.source_ref == key) | (Need.place_text == key),
            )
        ).all()
        for need in needs:
            assign_place(session, need=need, community=community)
            assigned += 1
    record(session, NeedsPlaced(assigned=assigned), about=path.name, by=actor, at=now(session))
    return assigned


def _community(session: Session, places: Places, text: str) -> Community:
    if community := session.get(Community, text):
        return community
    try:
        return places.find(text, "")
    except RowWrong as wrong:
        raise BadInput(zh=wrong.text.zh, en=wrong.text.en) from None
