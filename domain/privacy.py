"""Personal data in texts that others read: shown masked, never lost.

Numbers are found however they are typed: with spaces, hyphens, brackets, a country code, digits of
either width. A general detector was tried (phonenumbers): it knows neither identity numbers nor
names, and takes dates and amounts for telephone numbers; this one is small and measured on a
labelled set of its own.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from domain.cells import half_width

# What people put between digits; none of it changes the number.
_GAP: Final = r"[ \t.\-·–—‐‑_/]?"
_DASHES: Final = str.maketrans("—–‐‑－", "-----")
_NOT_IN_WORD: Final = r"(?<![0-9A-Za-z])"


def _digits(count: str) -> str:
    return rf"(?:{_GAP}[0-9]){{{count}}}"


_MOBILE: Final = re.compile(
    rf"{_NOT_IN_WORD}(?:(?:\+|00)?86[ \-]{{0,2}})?\(?1{_GAP}[3-9]{_GAP}[0-9]\)?{_digits('8')}\)?(?![0-9])"
)
_LANDLINE: Final = re.compile(
    rf"{_NOT_IN_WORD}(?:(?:\+|00)?86[ \-]{{0,2}})?(?:\(0[1-9][0-9]{{1,2}}\)|0[1-9][0-9]{{1,2}})"
    rf"[ \-]{{0,2}}[2-9]{_digits('6,7')}(?![0-9])"
)
_LOCAL: Final = re.compile(
    rf"(?:电话|座机|固话|热线|手机|联系方式|号码|tel|phone)[:\s是为号码]{{0,4}}"
    rf"(?P<number>[2-9]{_digits('6,7')})(?![0-9])",
    re.IGNORECASE,
)
_IDENTITY: Final = re.compile(rf"{_NOT_IN_WORD}[1-8]{_digits('16')}{_GAP}[0-9Xx](?![0-9A-Za-z])")
_OLD_IDENTITY: Final = re.compile(rf"{_NOT_IN_WORD}[1-8]{_digits('14')}(?![0-9])")
_CARD: Final = re.compile(rf"{_NOT_IN_WORD}[3-6]{_digits('15,18')}(?![0-9])")
_MAIL: Final = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]*\w)")
_CHAT: Final = re.compile(
    r"(?:微信|vx|wx|QQ|qq)(?:号码|号|群)?[:\s是为]{0,3}(?P<number>[A-Za-z0-9][A-Za-z0-9_\-]{4,19})"
)

_SURNAMES: Final = (
    "王李张刘陈杨赵黄吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶"
    "阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺"
    "赖龚文庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦柳邢岳齐梅莫庄辛祝左涂谷祁舒耿牟卜詹苗"
    "凌费纪靳盛童欧甄项曲裴席卫屈鲍覃霍翁隋甘景柏宁柯阮桂闵周"
)
_COMPOUND: Final = "欧阳|上官|司马|诸葛|司徒|皇甫|尉迟|公孙|慕容|令狐|东方|夏侯"
_SURNAME: Final = rf"(?:{_COMPOUND}|[{_SURNAMES}])"
_ENDS: Final = (
    r"(?=$|[^\u4e00-\u9fff]|[住家今是的在和也有说来从去都这那想要请现年男女已退电手联，。])"
)
_CALLED: Final = re.compile(
    rf"(?:我叫|名叫|本名|姓名[:\s为是]{{0,2}}|联系人[:\s为是]{{0,2}}|户主[:\s为是]{{0,2}}|业主[:\s为是]{{1,2}})"
    rf"(?P<surname>{_SURNAME})(?P<given>[\u4e00-\u9fff]{{2}}{_ENDS}|[\u4e00-\u9fff]{_ENDS}|[\u4e00-\u9fff]{{1,2}})"
)
_TITLES: Final = "先生|女士|小姐|大妈|大爷|大娘|大婶|大叔|大姐|大哥|大嫂|奶奶|爷爷|阿姨|叔叔|伯伯|师傅|老师|医生|老太|老伯"
# Before a title a name stands at the beginning of its words, not in the middle of another.
_TITLED: Final = re.compile(
    rf"(?<![每上下本半一两三四五六七八九十])(?P<surname>{_SURNAME})(?P<given>[\u4e00-\u9fff]{{0,2}})(?P<title>{_TITLES})"
)
_NO_NAME: Final = re.compile(
    "[的了和与或给请找让为是在有从对向把被等们很都也就去到看说问跟同社区小学中心医院单元楼里家位名个每各老]"
)


class _Found(NamedTuple):
    start: int
    end: int
    shown: str


def mask(text: str) -> str:
    """Return ``text`` with identity numbers, bank cards, telephone numbers, mail addresses, chat
    accounts and names as people give them masked.
    """
    plain = half_width(text).translate(_DASHES)
    finders = _NAMES
    if _SEVERAL_DIGITS.search(plain) or "@" in plain or _CHAT.search(plain):
        finders = (*_MARKS, *_NAMES)
    for find in finders:
        if hits := find(plain):
            for hit in sorted(hits, reverse=True):
                text = f"{text[: hit.start]}{hit.shown}{text[hit.end :]}"
            plain = half_width(text).translate(_DASHES)
    return text


def _numbers(
    pattern: re.Pattern[str], show: Callable[[str], str | None]
) -> Callable[[str], list[_Found]]:
    """Return what finds numbers by a pattern and shows them; ``show`` returns None for no number."""

    def find(text: str) -> list[_Found]:
        hits = []
        for match in pattern.finditer(text):
            part = "number" if "number" in pattern.groupindex else 0
            if shown := show(match[part]):
                hits.append(_Found(*match.span(part), shown))
        return hits

    return find


def _bare(typed: str) -> str:
    return "".join(character for character in typed if character.isalnum())


def _phone(typed: str) -> str:
    number = _bare(typed)
    national = number[-11:]
    if national[0] == "1":
        return f"{national[:3]}****{national[-4:]}"
    area = re.match(r"\D*(?:(?:\+|00)?86[ \-]*)?\(?(0[1-9][0-9]{1,2})", typed)
    return f"{area[1] if area else ''}****{number[-4:]}"


def _local(typed: str) -> str:
    return f"****{_bare(typed)[-4:]}"


def _identity(typed: str) -> str | None:
    number = _bare(typed)
    return f"{number[:6]}********{number[-4:]}" if _is_day(number[6:14]) else None


def _old_identity(typed: str) -> str | None:
    number = _bare(typed)
    return f"{number[:6]}******{number[-3:]}" if _is_day(f"19{number[6:12]}") else None


def _is_day(text: str) -> bool:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).year >= 1900
    except ValueError:
        return False


def _card(typed: str) -> str | None:
    number = _bare(typed)
    total = 0
    for place, digit in enumerate(reversed(number)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return f"{number[:4]}****{number[-4:]}" if total % 10 == 0 else None


def _account(typed: str) -> str:
    return f"{typed[0]}***{typed[-1]}"


def _mails(text: str) -> list[_Found]:
    return [_Found(*match.span(), f"{match[1]}***@{match[2]}") for match in _MAIL.finditer(text)]


def _called(text: str) -> list[_Found]:
    return [
        _Found(*match.span("given"), "某" * len(match["given"])) for match in _CALLED.finditer(text)
    ]


def _titled(text: str) -> list[_Found]:
    hits = []
    for match in _TITLED.finditer(text):
        given = match["given"]
        if _NO_NAME.search(given):
            continue
        if given:
            hits.append(_Found(*match.span("given"), "某" * len(given)))
        else:
            hits.append(_Found(*match.span("surname"), "某"))
    return hits


_SEVERAL_DIGITS: Final = re.compile("[0-9](?:[^0-9]{0,2}[0-9]){5}")
_MARKS: Final[tuple[Callable[[str], list[_Found]], ...]] = (
    _numbers(_IDENTITY, _identity),
    _numbers(_CARD, _card),
    _numbers(_OLD_IDENTITY, _old_identity),
    _numbers(_MOBILE, _phone),
    _numbers(_LANDLINE, _phone),
    _numbers(_LOCAL, _local),
    _mails,
    _numbers(_CHAT, _account),
)
_NAMES: Final[tuple[Callable[[str], list[_Found]], ...]] = (_called, _titled)
