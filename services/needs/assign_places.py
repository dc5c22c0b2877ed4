"""Give needs that wait for a place the one they belong to."""

import csv
import io
from pathlib import Path

from sqlmodel import Session, select

from domain.errors import BadInput
from models import Community, Need
from models.needs import NeedStatus
from services.clock import now
from services.district.places import Places, RowWrong
from services.needs.read_needs import decode
from services.records import audit


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
    if not path.is_file():
        raise BadInput(zh=f"找不到文件 {path}。", en=f"There is no file {path}.")
    places = Places.read(session)
    assigned = 0
    reader = csv.DictReader(io.StringIO(decode(path.read_bytes(), path.name)))
    if not {"reference", "community"} <= set(reader.fieldnames or ()):
        raise BadInput(
            zh="地点对照表须有 reference 和 community 两列。",
            en="A place map has the columns reference and community.",
        )
    for number, line in enumerate(reader, start=2):
        key, place = ((line[name] or "").strip() for name in ("reference", "community"))
        if not key or not place:
            raise BadInput(
                zh=f"地点对照表第 {number} 行不完整，请填写 reference 和 community。",
                en=f"Line {number} of the place map lacks its reference or community.",
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
    audit(
        session,
        actor=actor,
        action="needs.placed",
        subject=path.name,
        at=now(session),
        assigned=assigned,
    )
    return assigned


def _community(session: Session, places: Places, text: str) -> Community:
    if found := session.get(Community, text):
        return found
    try:
        return places.find(text, "")
    except RowWrong as wrong:
        raise BadInput(zh=wrong.text.zh, en=wrong.text.en) from None
