"""Write the survey workbook of the demo district: ``python -m demo.workbook FILE [SEED]``.

It looks as a district's survey does: a title above the header, dates in four forms, names of
communities as people say them, exact duplicates, and rows with something wrong.
"""

import csv
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill

from services.district.places import short_name
from services.district.reference import REFERENCE

ROWS: Final = 320
DUPLICATES: Final = 18
HEADER: Final = (
    "序号",
    "所属街道",
    "所属社区",
    "需求标题",
    "需求类别",
    "需求描述",
    "反映人数",
    "反映日期",
)
_CHINESE_DIGITS: Final = "〇一二三四五六七八九"
_NEEDS: Final = {
    "为老服务": (
        ("独居老人需要定期上门探访", "楼里独居老人多，子女在外地，希望有人每周上门看看、说说话。"),
        ("老年助餐点离得太远", "高龄老人走不到助餐点，希望在小区里设取餐点或送餐。"),
        ("老人不会用手机挂号缴费", "医院和水电缴费都要用手机，老人不会操作，希望有人手把手教。"),
        ("失能老人家庭需要照护培训", "家里有失能老人，家属不会翻身、喂食，希望开照护培训班。"),
        ("希望开展适老化改造咨询", "卫生间没有扶手，老人摔过两次，想了解怎样改造、有没有补贴。"),
    ),
    "儿童青少年": (
        ("双职工家庭放学后无人看护", "三点半放学没人接，希望社区办托管，到晚上六点。"),
        ("寒暑假需要公益托管班", "假期孩子独自在家不放心，希望办公益托管班。"),
        ("青春期家庭沟通困难", "孩子上初中后不愿说话，希望有家庭教育辅导。"),
        ("儿童活动场地设施老旧", "滑梯生锈、地垫破损，孩子容易受伤。"),
    ),
    "助残服务": (
        ("残疾人居家康复缺少指导", "出院后在家康复，没有专业人员指导动作。"),
        ("无障碍坡道被占用", "单元门口坡道长期停电动车，轮椅过不去。"),
        ("智力残障青年缺少日间活动", "成年后没有去处，希望有日间照料和手工活动。"),
    ),
    "环境卫生": (
        ("楼道堆物长期无人清理", "楼道里堆满纸箱旧家具，既不卫生也有火险。"),
        ("垃圾分类点异味大", "夏天垃圾桶清运不及时，气味大、蚊虫多。"),
        ("小区绿地被改成菜园", "公共绿地被少数人种菜浇粪，邻里意见很大。"),
        ("宠物粪便无人清理", "遛狗不清理粪便，老人孩子容易踩到。"),
    ),
    "物业管理": (
        ("老旧楼院无物业管理", "楼院没有物业，路灯坏了、下水堵了没人管。"),
        ("停车秩序混乱", "消防通道常被占，晚上抢车位经常吵架。"),
        ("电动车飞线充电", "从楼上拉线充电，下雨天很危险，希望建充电棚。"),
        ("楼顶漏雨多年未修", "顶层住户一下雨就漏，维修资金手续不会办。"),
    ),
    "文体活动": (
        ("广场舞噪声与居民冲突", "晚上音响太大影响学生学习，希望协调时间和场地。"),
        ("缺少室内文化活动场所", "冬天没有地方下棋、排练，希望开放活动室。"),
        ("希望组织社区合唱团", "退休教师多，愿意教唱歌，缺组织和场地。"),
    ),
    "健康卫生": (
        ("慢病居民需要健康讲座", "高血压糖尿病人多，希望定期请医生来讲课、量血压。"),
        ("心理疏导服务不足", "疫情后失眠焦虑的居民多，希望有心理咨询。"),
        ("急救知识普及率低", "希望培训心肺复苏，配自动除颤器。"),
    ),
    "法律调解": (
        ("邻里漏水纠纷久拖不决", "楼上漏水互相推诿，希望有人居中调解。"),
        ("赡养纠纷需要法律咨询", "老人与子女因赡养闹矛盾，不知道怎么走法律程序。"),
        ("农民工讨薪需要法律援助", "租住的工友被拖欠工资，不懂得收集证据。"),
    ),
    "安全应急": (
        ("独居老人家中燃气安全隐患", "老旧燃气管没换，希望上门检查并装报警器。"),
        ("社区防汛应急演练不足", "一楼每年进水，希望组织演练、备沙袋。"),
        ("防诈骗宣传需要走进楼院", "老人被骗买保健品，希望面对面讲案例。"),
    ),
    "就业帮扶": (
        ("宝妈希望就近灵活就业", "带孩子不能上全天班，希望介绍手工、客服零活。"),
        ("大龄失业人员技能培训", "五十岁上下找工作难，希望学家政、保安证。"),
    ),
    "便民服务": (
        ("小家电维修无处可去", "坏个电饭煲都找不到修的地方，希望定期有便民维修。"),
        ("磨刀配钥匙理发不方便", "老人腿脚不便，希望每月有便民日。"),
        ("快递代收点缺失", "白天没人在家，快递常丢，希望设代收点。"),
    ),
}
_WHERE: Final = ("一号院", "二号院", "北区", "南区", "老楼片", "安置区", "沿街楼", "职工宿舍")

Row = tuple[str, str, str, str, str, object, object]


def _written(day: date, form: int) -> object:
    """Return a date as people write it: typed as a date, with points, in words, or in digits."""
    if form == 0:
        return day
    if form == 1:
        return f"{day.year}.{day.month}.{day.day}"
    if form == 2:
        return f"{day.year}年{day.month}月{day.day}日"
    return day.strftime("%Y%m%d")


def _chinese(day: date) -> str:
    year = "".join(_CHINESE_DIGITS[int(digit)] for digit in str(day.year))
    month = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")[
        day.month
    ]
    tens, ones = divmod(day.day, 10)
    head = {0: "", 1: "十"}.get(tens, f"{_CHINESE_DIGITS[tens]}十")
    return f"{year}年{month}月{head}{_CHINESE_DIGITS[ones] if ones else ''}日"


def good_rows(rng: random.Random) -> list[Row]:
    """Return the rows that should be taken, every community at least once, then duplicates."""
    with (REFERENCE / "communities.csv").open(encoding="utf-8") as file:
        places = [(row["street_name"], short_name(row["name"])) for row in csv.DictReader(file)]
    chosen = places + rng.choices(places, k=ROWS - len(places))
    rows: list[Row] = []
    for street, community in chosen:
        category = rng.choice(list(_NEEDS))
        title, description = rng.choice(_NEEDS[category])
        day = date(2026, 1, 5) + timedelta(days=rng.randrange(270))
        form = rng.randrange(5)
        rows.append(
            (
                street,
                f"{community}社区",
                f"{rng.choice(_WHERE)}{title}",
                category,
                description,
                rng.choice((1, 3, 5, 8, 12, 20, 36, 60, 118)),
                _chinese(day) if form == 4 else _written(day, form),
            )
        )
    return rows + rng.sample(rows, DUPLICATES)


def bad_rows(good: Row) -> list[Row]:
    """Return twelve rows, each wrong in one way."""
    street, community, title, category, text, people, day = good
    return [
        (street, community, "", category, text, people, day),
        (street, "桃花源社区", title, category, text, people, day),
        (
            "沧口街道" if street != "沧口街道" else "李村街道",
            community,
            title,
            category,
            text,
            people,
            day,
        ),
        (street, "", title, category, text, people, day),
        (street, community, title, "天文观测", text, people, day),
        (street, community, title, category, text, "许多人", day),
        (street, community, title, category, text, -4, day),
        (street, community, title, category, text, "=SUM(G3:G9)", day),
        (street, community, title, category, text, people, "去年夏天"),
        (street, community, title, category, text, people, "2026-13-45"),
        (street, community, title, category, text, people, "2062年3月5日"),
        (street, community, "希望" + "尽快解决" * 32, category, text, people, day),
    ]


def write_workbook(path: Path, seed: int = 1) -> None:
    """Write the workbook; the same seed writes the same rows."""
    rng = random.Random(seed)
    good = good_rows(rng)
    rows = good + bad_rows(good[0])
    rng.shuffle(rows)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "民意大摸排"
    sheet.append(["李沧区民意大摸排需求登记表（演示数据）"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=14), Alignment("center")
    sheet.append(HEADER)
    for cell in sheet[2]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
    for number, row in enumerate(rows, start=1):
        sheet.append([number, *row])
    for column, width in zip("ABCDEFGH", (6, 14, 16, 36, 12, 60, 10, 16), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A3"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


if __name__ == "__main__":
    write_workbook(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
