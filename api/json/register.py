"""The operations of every register, made from its declaration; a closed register has none."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Security

from api.deps import SessionDep
from api.json.access import Idempotent, IfMatch, anyone, bearer, proved_owner
from api.json.routing import ApiRoute, etag, require_tag
from api.json.shapes.base import Cursor, Listing, Page, ResponseModel
from domain.identity.access import TokenScope
from services.identity.access_tokens import Bearer
from services.identity.actors import Actor
from services.register import entries, keep
from services.register.declaration import Exposure, Register
from services.register.entries import Cell, EntryFilter, EntryStanding, EntryVersion

_WHAT: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("GET", ""): ("{zh}：列出条目", "{en}: list the entries."),
    ("POST", ""): ("{zh}：登记一条", "{en}: add an entry."),
    ("GET", "/{entry_id}"): ("{zh}：读取一条", "{en}: show an entry."),
    ("PUT", "/{entry_id}"): ("{zh}：修改一条", "{en}: change an entry; `If-Match` is its ETag."),
    ("POST", "/{entry_id}/end"): ("{zh}：结束一条", "{en}: end an entry; what was done stays."),
    ("GET", "/{entry_id}/versions"): ("{zh}：一条的全部版本", "{en}: how an entry was recorded."),
}


class EntryChangePublic(ResponseModel):
    """A column that a version changed; texts that are personal are not kept and are null."""

    column: str
    before: int | bool | str | None
    after: int | bool | str | None


class EntryVersionPublic(ResponseModel):
    """How an entry was recorded, from a moment on."""

    version: int
    recorded_at: datetime
    recorded_by: str | None
    since: date
    ended_on: date | None
    changes: list[EntryChangePublic]


def register_routers(of: Sequence[Register[Any]]) -> list[APIRouter]:
    """Return the operations of each of these registers that is not closed."""
    return [_operations(register) for register in of if not register.is_closed]


def _operations(register: Register[Any]) -> APIRouter:
    router = APIRouter(prefix=register.path, route_class=ApiRoute, tags=["registers"])
    _reading(router, register)
    _keeping(router, register)
    return router


def _about(register: Register[Any], method: str, rest: str = "") -> str:
    """Return what an operation does: in English, then in Chinese."""
    zh, en = _WHAT[method, rest]
    return f"{en.format(en=register.title.en)}\n\n{zh.format(zh=register.title.zh)}"


def _caller(register: Register[Any], *, writes: bool) -> Any:
    """Return who may ask: in public everybody reads; with a proof it takes an administrator's token."""
    if not writes and register.exposure is Exposure.PUBLIC:
        return Depends(anyone)
    if register.proof:
        return Security(bearer, scopes=[TokenScope.ADMINISTER])
    return Security(bearer, scopes=[TokenScope.WORK if writes else TokenScope.READ])


def _sent(model: type[Any]) -> Callable[..., Any]:
    """Return what reads the body of a request as ``model``, which FastAPI describes."""

    def read(sent: Any) -> Any:
        return sent

    read.__annotations__["sent"] = model
    return read


def _actor(who: Bearer | None) -> Actor | None:
    return who.actor if who else None


def _reading(router: APIRouter, register: Register[Any]) -> None:
    caller = _caller(register, writes=False)

    def asked(
        request: Request,
        q: Annotated[str, Query(max_length=60, description="Part of a text or name.")] = "",
        standing: EntryStanding = EntryStanding.COUNTS,
        on: Annotated[date | None, Query(description="The day in question, else today.")] = None,
    ) -> EntryFilter:
        chosen = {c.name: request.query_params.get(c.name, "") for c in register.filters}
        return EntryFilter(q if register.searched else "", chosen, standing, on)

    @router.get(
        "",
        response_model=Page[register.given],  # type: ignore[name-defined]
        response_model_exclude_unset=True,
        description=_about(register, "GET"),
        openapi_extra={"parameters": [_filter(column) for column in register.filters]},
    )
    def list_entries(
        session: SessionDep,
        who: Annotated[Bearer | None, caller],
        asked: Annotated[EntryFilter, Depends(asked)],
        cursor: Cursor = "",
    ) -> Any:
        page = entries.list_entries(session, register, actor=_actor(who), asked=asked, after=cursor)
        return {"items": [line.values() for line in page.lines], "next": page.next}

    @router.get(
        "/{entry_id}",
        response_model=register.given,
        response_model_exclude_unset=True,
        description=_about(register, "GET", "/{entry_id}"),
    )
    def show(session: SessionDep, who: Annotated[Bearer | None, caller], entry_id: UUID) -> Any:
        line = entries.read_entry(session, register, actor=_actor(who), entry_id=entry_id)
        return line.values()

    @router.get(
        "/{entry_id}/versions",
        response_model=Listing[EntryVersionPublic],
        description=_about(register, "GET", "/{entry_id}/versions"),
    )
    def versions(session: SessionDep, who: Annotated[Bearer | None, caller], entry_id: UUID) -> Any:
        line = entries.read_entry(session, register, actor=_actor(who), entry_id=entry_id)
        history = entries.read_history(session, line)
        return {"items": [_version(version) for version in history]}


def _filter(column: Any) -> dict[str, Any]:
    return {
        "name": column.name,
        "in": "query",
        "required": False,
        "description": column.label.en,
        "schema": {"type": "string", "enum": list(column.options)},
    }


def _version(version: EntryVersion) -> EntryVersionPublic:
    return EntryVersionPublic(
        version=version.number,
        recorded_at=version.recorded_at,
        recorded_by=version.by,
        since=version.line.since,
        ended_on=version.line.ended_on,
        changes=[
            EntryChangePublic(
                column=change.name, before=_value(change.before), after=_value(change.after)
            )
            for change in version.changes
        ],
    )


def _value(value: Cell | date | None) -> int | str | None:
    """Return a value as the entry itself gives it."""
    plain = value.value if isinstance(value, Cell) else value
    return plain if plain is None or isinstance(plain, int) else str(plain)


def _keeping(router: APIRouter, register: Register[Any]) -> None:
    caller = _caller(register, writes=True)
    taken = Depends(_sent(register.command))

    def present(session: Any, who: Bearer, entry_id: UUID) -> dict[str, Any]:
        line = entries.read_entry(session, register, actor=who.actor, entry_id=entry_id)
        given = register.given.model_validate(line.values())
        return given.model_dump(mode="json", exclude_unset=True)

    @router.post(
        "",
        status_code=201,
        response_model=register.given,
        response_model_exclude_unset=True,
        dependencies=[Idempotent],
        description=_about(register, "POST"),
    )
    def add(
        session: SessionDep,
        who: Annotated[Bearer, caller],
        sent: Annotated[Any, taken],
    ) -> Any:
        entry = keep.add_entry(session, register, actor=proved_owner(who), sent=sent)
        return present(session, who, entry.id)

    @router.put(
        "/{entry_id}",
        response_model=register.given,
        response_model_exclude_unset=True,
        dependencies=[Idempotent],
        description=_about(register, "PUT", "/{entry_id}"),
    )
    def change(
        session: SessionDep,
        who: Annotated[Bearer, caller],
        entry_id: UUID,
        sent: Annotated[Any, taken],
        if_match: IfMatch = None,
    ) -> Any:
        keep.entry_to_change(session, register, actor=who.actor, entry_id=entry_id)
        before = present(session, who, entry_id)
        require_tag(if_match, etag(before))
        keep.change_entry(
            session,
            register,
            actor=proved_owner(who),
            entry_id=entry_id,
            version=before["version"],
            sent=sent,
        )
        return present(session, who, entry_id)

    @router.post(
        "/{entry_id}/end",
        status_code=204,
        dependencies=[Idempotent],
        description=_about(register, "POST", "/{entry_id}/end"),
    )
    def end(
        session: SessionDep,
        who: Annotated[Bearer, caller],
        entry_id: UUID,
        sent: keep.EntryEnd,
    ) -> None:
        keep.end_entry(session, register, actor=proved_owner(who), entry_id=entry_id, sent=sent)
