"""Synthetic snapshots: equal seeds give equal records, no two seeds the same paper."""

import math
import random
from datetime import date, timedelta

from portal.documents.snapshot import VERSION, Sketch, Snapshot

FIRST = "محمدرضا علی‌اکبر زهرا فاطمه مهدی حسین مریم سیدمرتضی نرگس پوریا سمیه کیانوش گلناز یگانه آیلین سولماز".split()  # noqa: SIM905
LAST = "احمدی‌نسب کریمی‌پور حسینی‌زاده رضایی موسوی‌تبار قاسم‌پور صادقی نوروزی‌فر چراغی پناهنده گودرزی علیلو".split()  # noqa: SIM905
STREETS = "کاشانی|امام خمینی (ره)|ولی‌عصر (عج)|گل‌نرگس|آزادگان|شهدای گمنام|معلم|پاسداران|دانشکده|مدرس|لاله".split("|")  # noqa: SIM905
FLOORS = ("زیرزمین", "همکف", "طبقهٔ اول", "طبقهٔ دوم", "طبقهٔ سوم", "طبقهٔ چهارم")
LIMITS = [
    "این گواهی دلیل مالکیت نیست و تنها برای هدف و مخاطب یادشده صادر شده است؛ برای هر کار دیگری اعتبار ندارد.",
    "با هر تغییر در ملک، مالکیت یا طرح مصوب، و با هر قلم‌خوردگی یا ناهمخوانی با سامانهٔ اصالت‌سنجی، بی‌اعتبار است.",
]


def sample(seed: int, *, owners: int | None = None, floors: int | None = None) -> Snapshot:
    """A plausible snapshot. `owners` and `floors` fix the numbers of rows that make a paper long."""
    r = random.Random(seed)
    issued = date(2025, 4, 5) + timedelta(days=r.randrange(0, 600))
    owner_count = owners or r.choice((1, 1, 2, 2, 3))
    floor_count = floors or r.randint(2, 4)
    code = f"{r.randint(1, 5)}-{r.randint(1, 9)}-{r.randint(10, 99)}-{r.randint(1, 99)}-{r.randint(1, 40)}-0-0"
    asli, fari = str(r.randint(100, 4999)), str(r.randint(1, 199))
    name = person(r)
    deed = r.randint(9000, 48000)
    lost = r.choice((0, 0, r.randint(200, 1500)))
    return {
        "v": VERSION,
        "city": "ارومیه",
        "district": r.randint(1, 5),
        "serial": f"U1405-1-{100_000 + seed:06d}-{seed % 10}",
        "number": f"1405/{r.randint(1, 5)}/{100_000 + seed}",
        "kind": "transfer",
        "purpose": "نقل و انتقال قطعی",
        "issued_at": f"{issued.isoformat()}T{r.randint(4, 10):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}Z",
        "valid_until": (issued + timedelta(days=90)).isoformat(),
        "reference": str(r.randrange(10**12, 10**13)),
        "addressee": {
            "office": "دفتر اسناد رسمی",
            "number": str(r.randint(1, 90)),
            "city": "ارومیه",
            "letter_no": f"{r.randint(1, 9)}/{r.randint(1000, 99999)}",
            "letter_date": (issued - timedelta(days=r.randint(4, 20))).isoformat(),
        },
        "applicant": {"name": name, "capacity": r.choice(("مالک", "وکیل", "وارث"))},
        "renovation_code": code,
        "plate": {"bakhsh": str(r.randint(1, 12)), "asli": asli, "fari": fari, "qate": str(r.randint(1, 60))},
        "postal_code": str(r.randrange(5 * 10**9, 6 * 10**9)),
        "address": f"خیابان {r.choice(STREETS)}، کوچهٔ {r.choice(STREETS)}، پلاک {r.randint(1, 240)}",
        "owners": [
            {
                "name": name if i == 0 else person(r),
                "national_code_masked": f"{r.randint(100, 999)}****{r.randint(100, 999)}",
                "share": {"n": 1, "d": owner_count},
            }
            for i in range(owner_count)
        ],
        "land": {"deed_m2": m2(deed), "measured_m2": m2(deed - r.randint(0, 300)), "after_m2": m2(deed - lost)},
        "plan": {
            "name": "طرح تفصیلی ارومیه",
            "date": "2016-05-09",
            "use": r.choice(("مسکونی", "مسکونی", "مختلط تجاری و مسکونی")),
            "density": str(r.choice((120, 180, 240, 300))),
            "coverage": "60",
            "floors": r.randint(2, 6),
        },
        "setbacks": [
            {
                "passage": f"خیابان {r.choice(STREETS)}",
                "width_now_m": f"{r.randint(8, 12)}.00",
                "width_planned_m": f"{r.choice((12, 14, 16))}.00",
                "lost_m": "1.20" if lost else "0.00",
                "lost_m2": m2(lost),
            },
            {
                "passage": f"کوچهٔ {r.choice(STREETS)}",
                "width_now_m": "8.00",
                "width_planned_m": "8.00",
                "lost_m": "0.00",
                "lost_m2": "0.00",
            },
        ],
        "buildings": [
            {
                "no": "1",
                "floor": FLOORS[i] if i < len(FLOORS) else f"طبقهٔ {i - 1}",
                "use": "پارکینگ و انباری" if i == 0 else "مسکونی",
                "area_m2": m2(r.randint(6000, 21000)),
            }
            for i in range(floor_count)
        ],
        "unit": {"parking": f"قطعهٔ {r.randint(1, 9)}، ۱۲٫۵۰ مترمربع", "storage": f"قطعهٔ {r.randint(1, 9)}"},
        "permit": {
            "title": "پروانهٔ ساختمان",
            "no": f"{r.randint(1, 9)}/{r.randint(10000, 99999)}",
            "date": "2014-08-20",
        },
        "completion": {"title": "پایان‌کار", "no": f"{r.randint(1, 9)}/{r.randint(10000, 99999)}", "date": "2017-02-11"},
        "note8": {
            "basis": "گواهی پایان ساختمان",
            "document": "",
            "wording": "به موجب گواهی پایان ساختمان صادرشده از شهرداری ارومیه، انجام معاملهٔ قطعی نسبت به پلاک ثبتی "
            "یادشده، با رعایت تبصرهٔ ۸ مادهٔ صد قانون شهرداری‌ها و پرداخت عوارض متعلقه، بلامانع است.",
        },
        "violations": []
        if seed % 3
        else [
            {
                "finding": "احداث بالکن مسقف در طبقهٔ دوم",
                "ruling_no": f"{r.randint(100, 999)}/1398",
                "ruling_date": "2019-07-02",
                "is_settled": True,
            }
        ],
        "project": "",
        "clearance74_until": "2027-03-20",
        "renovation_until": "1405",
        "holds": [],
        "basis": "بازدید و آخرین گواهی ساختمان به همراه اظهار مالک",
        "decision": "انجام معاملهٔ قطعی این ملک از نظر شهرداری، با رعایت مفاد این گواهی، بلامانع است.",
        "limits": LIMITS,
        "signers": [
            {"post": post, "name": person(r), "at": f"{issued.isoformat()}T0{hour}:15:00Z"}
            for post, hour in (("کارشناس استعلام", 5), ("رئیس ادارهٔ املاک منطقه", 6), ("معاون شهرسازی و معماری", 7))
        ],
        "sketch": sketch(r, f"{asli}/{fari}"),
    }


def person(r: random.Random) -> str:
    return f"{r.choice(FIRST)} {r.choice(LAST)}"


def m2(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def sketch(r: random.Random, plate: str) -> Sketch:
    """A slightly irregular plot among neighbours, a street before it and sometimes one beside it; turned at will."""
    width, depth = r.randint(900, 1600), r.randint(1500, 2400)
    turn = math.radians(r.uniform(-18, 18))
    outline = [(0, 0), (width, r.randint(-60, 60)), (width + r.randint(-80, 80), depth), (r.randint(-80, 80), depth)]
    if r.random() < 0.5:
        outline = [(180, 0), *outline[1:], (0, 180)]
    left, back = width * 9 // 10, depth * 8 // 10
    neighbours = [
        [(-left, 0), (-120, 0), (-120, depth), (-left, depth)],
        [(-2 * left, 0), (-left, 0), (-left, depth - 200), (-2 * left, depth - 100)],
        [(-left, depth + 120), (width, depth + 120), (width, depth + back), (-left, depth + back)],
    ]
    streets = [("خیابان " + r.choice(STREETS), 1200, [(-4000, -700), (5500, -700)])]
    if r.random() < 0.6:
        streets.append(("کوچهٔ " + r.choice(STREETS), 800, [(width + 520, -700), (width + 520, 5000)]))
    else:
        neighbours.append([(width + 120, 0), (width + left, 0), (width + left, depth), (width + 120, depth)])

    def turned(points: list[tuple[int, int]]) -> list[list[int]]:
        c, s = math.cos(turn), math.sin(turn)
        return [[round(x * c - y * s), round(x * s + y * c)] for x, y in points]

    ring = turned(outline)
    return {
        "outline": ring,
        "sides": [
            {"from": a, "to": b, "length_cm": round(math.dist(a, b))}
            for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
        ],
        "neighbours": [turned(shape) for shape in neighbours],
        "streets": [{"name": name, "width_cm": width_cm, "line": turned(line)} for name, width_cm, line in streets],
        "north_deg": 0,
        "plate": plate,
    }
