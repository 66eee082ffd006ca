"""A damaged database file, rows changed by hand: starting refuses, or `tracker check` names it."""

import io
import json
import random
import shutil
import sqlite3
import traceback
from collections import Counter
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.conftest import size
from tests.web.cast import EMAILS, settings, signed_in
from tracker import create_app
from tracker.cli import main
from tracker.domain.chain import START, ChainEntry, chain_hash
from tracker.extensions import db
from tracker.queries.kept import forget
from tracker.queries.programmes import the_programme
from tracker.queries.trail import anchor_text

FILE = "tracker.sqlite3"
NOT_RECORDS = {"login_session", "form_key", "password_link", "user_account", "alembic_version"}
"""Tables that hold no record: what a changed byte there does is another test's."""
PAGES = {2: "index", 5: "table", 10: "index", 13: "table"}


@dataclass
class Sound:
    """A database as it should be: its bytes, its anchor, what is told of it, and somebody signed in."""

    folder: Path
    content: bytes
    anchor: str
    figures: str
    rows: dict[str, list[tuple[object, ...]]]
    cookie: str

    def with_bytes(self, content: bytes) -> None:
        """The file says this now."""
        for beside in self.folder.glob(f"{FILE}-*"):
            beside.unlink()
        (self.folder / FILE).write_bytes(content)
        forget()

    def verdict(self, what: object) -> str:
        """What is said of the file as it is now: `refused`, `named` or `harmless`. Anything else fails."""
        code, said = command("check", "--anchor", self.anchor)
        told = Counter({"refused": 1}) if code else Counter()
        if any(line.startswith("FAIL") for line in said.splitlines()):
            return "named"
        if told:
            assert len(said.strip().splitlines()) == 1, (what, said)
            return "refused"
        code, figures = figures_of()
        assert code == 0, (what, figures)
        assert figures == self.figures, f"{what}: other figures, and a clean check"
        assert rows_of(self.folder) == self.rows, f"{what}: other records, and a clean check"
        return "harmless"

    def page(self, what: object) -> int:
        """What a page of the file as it is now answers to somebody who was signed in."""
        app = create_app(settings(self.folder))
        client = app.test_client()
        client.set_cookie("session", self.cookie)
        answer = client.get("/receipts")
        with app.app_context():
            db.engine.dispose()
        assert answer.status_code in (200, 302, 409, 500, 503), (what, answer.status_code)
        assert "Traceback" not in answer.get_data(as_text=True)
        return answer.status_code


def command(*arguments: str) -> tuple[int, str]:
    """`tracker …`, in this process: its exit status and all that it said. A traceback fails the test."""
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    except Exception:
        raise AssertionError(f"{arguments}: {said.getvalue()}\n{traceback.format_exc()}") from None
    return 0, said.getvalue()


def figures_of() -> tuple[int, str]:
    """The position and the trace of all money, as the program tells them."""
    forget()
    day = ("--as-of", "2026-06-15", "--format", "json")
    results = [command("position", *day), command("trace", "--lens", "all", *day)]
    return max(code for code, _ in results), "".join(text for _, text in results)


def rows_of(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every record, read past the program."""
    with closing(sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)) as file:
        names = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if name not in NOT_RECORDS and not name.startswith("sqlite_")]
        return {name: file.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in sorted(kept)}  # noqa: S608


@pytest.fixture
def sound(seeded: Path, tmp_path: Path, noon: object, monkeypatch: pytest.MonkeyPatch) -> Sound:
    """The cast's database, some of whose pages are free."""
    shutil.copy(seeded, tmp_path / FILE)
    monkeypatch.setenv("TRACKER_INSTANCE_PATH", str(tmp_path))
    monkeypatch.setenv("TRACKER_SECRET_KEY", "k" * 40)
    monkeypatch.delenv("TRACKER_DATABASE_URL", raising=False)
    app = create_app(settings(tmp_path))
    officer = signed_in(app, EMAILS["officer"])
    cookie = officer.client.get_cookie("session")
    assert cookie is not None
    with app.app_context():
        anchor = anchor_text(db.session(), the_programme(db.session()).id)
        db.session.remove()
        db.engine.dispose()
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        file.execute("CREATE TABLE gone (text)")
        file.execute("INSERT INTO gone VALUES (zeroblob(20000))")
        file.commit()
        file.execute("DROP TABLE gone")
        file.commit()
    code, figures = figures_of()
    assert code == 0
    content = (tmp_path / FILE).read_bytes()
    made = Sound(tmp_path, content, anchor, figures, rows_of(tmp_path), cookie.value)
    assert made.verdict("untouched") == "harmless"
    assert made.page("untouched") == 200
    return made


def offsets(content: bytes, how_many: int) -> list[tuple[str, int]]:
    """Places to flip a byte at: all over the header, then by kind of page in turn."""
    chance = random.Random(len(content))
    page_bytes = int.from_bytes(content[16:18], "big")
    kinds: dict[str, list[int]] = {"table": [], "index": [], "other": []}
    for start in range(page_bytes, len(content), page_bytes):
        kinds[PAGES.get(content[start], "other")].append(start)
    header = [("header", at) for at in range(0, 100, 5)]
    found = []
    while len(found) < how_many:
        for kind, starts in kinds.items():
            start = chance.choice(starts)
            # A page's own head, the end where its rows are, and anywhere.
            found.append((kind, start + chance.randrange(12)))
            found.append((kind, start + page_bytes - 1 - chance.randrange(400)))
            found.append((kind, start + chance.randrange(page_bytes)))
    return [*header, *found[:how_many]]


def test_one_flipped_byte_is_refused_named_or_harmless(sound: Sound) -> None:
    chance, verdicts, pages = random.Random(3), Counter[str](), Counter[int]()
    places = offsets(sound.content, size(100, 5_000))
    for kind, at in places:
        bit = 1 << chance.randrange(8)
        changed = bytearray(sound.content)
        changed[at] ^= bit
        sound.with_bytes(bytes(changed))
        verdict = sound.verdict((kind, at, bit))
        verdicts[f"{kind} {verdict}"] += 1
        sound.with_bytes(bytes(changed))
        pages[status := sound.page((kind, at, bit))] += 1
        assert verdict != "harmless" or status == 200, (kind, at, bit)
    print(f"\nflipped bytes {len(places)}: {dict(sorted(verdicts.items()))}; a page answered {dict(pages)}")
    noticed = sum(count for name, count in verdicts.items() if not name.endswith("harmless"))
    assert noticed > len(places) // 10
    assert sum(verdicts.values()) == len(places) >= 40


@pytest.mark.parametrize("left", ["0", "1", "99", "100", "4096", "half", "a page less", "a byte less"])
def test_a_truncated_file_is_refused_or_named(sound: Sound, left: str) -> None:
    whole, page_bytes = len(sound.content), int.from_bytes(sound.content[16:18], "big")
    keep = {"half": whole // 2, "a page less": whole - page_bytes, "a byte less": whole - 1}
    sound.with_bytes(sound.content[: keep[left] if left in keep else int(left)])
    verdict = sound.verdict(left)
    print(f"\ntruncated to {left}: {verdict}")
    # What is cut off may be a page that was free.
    assert verdict in ("refused", "named") or (left == "a byte less" and verdict == "harmless")


BY_HAND = {
    "an amount": "UPDATE receipt SET amount_minor = amount_minor + 1 WHERE reference = 'R1'",
    "its dollars": "UPDATE receipt SET usd_minor = usd_minor - 100 WHERE reference = 'R2'",
    "a donor": (
        "UPDATE receipt SET donor_id = (SELECT id FROM donor WHERE code = 'NL') WHERE reference = 'R-FTV'"
    ),
    "a value date": "UPDATE receipt SET received_on = '2026-04-20' WHERE reference = 'R1'",
    "a receipt voided": "UPDATE receipt SET voided_at_utc = '2026-06-15 12:00:00' WHERE reference = 'R2'",
    "a pledge": "UPDATE pledge SET amount_minor = 1 WHERE reference = 'NL/2026@1'",
    "a signature": "UPDATE pledge SET signed_on = NULL WHERE reference = 'FR-1'",
    "an instalment": "UPDATE instalment SET due_on = '2027-01-01' WHERE id = 1",
    "a rate": "UPDATE rate SET value = '0.1' WHERE effective_on = '2026-03-01'",
    "a budget line": "UPDATE budget_line SET amount_minor = amount_minor + 100 WHERE id = 1",
    "a tolerance": "UPDATE programme SET tolerance_minor = 999999999",
    "an outcome": "UPDATE outcome SET name = 'Another' WHERE code = 'O1'",
    "a donor's name": "UPDATE donor SET name = 'Nobody' WHERE code = 'FR'",
    "a role": "UPDATE user_account SET role = 'admin' WHERE email = 'gcg@alliance.test'",
    "an entry's actor": "UPDATE audit_entry SET actor = 'somebody@else.test' WHERE seq = 5",
    "an entry's moment": "UPDATE audit_entry SET at_utc = '2020-01-01 00:00:00.000000' WHERE seq = 5",
    "an entry's row": "UPDATE audit_entry SET after = replace(after, 'ran', 'ren') WHERE reference = 'FR'",
    "an entry gone": "DELETE FROM audit_entry WHERE seq = 4",
    "the first entry gone": "DELETE FROM audit_entry WHERE seq = 1",
    "the last entry gone": "DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)",
    "all entries gone": "DELETE FROM audit_entry",
    "a receipt gone": "DELETE FROM receipt WHERE reference = 'R2'",
    "a trigger gone": "",
}


def by_hand(sound: Sound, *statements: str, triggers_back: bool = True) -> None:
    """Statements past the program, by somebody who takes the triggers off and puts them back."""
    sound.with_bytes(sound.content)
    with closing(sqlite3.connect(sound.folder / FILE)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            file.execute(f'DROP TRIGGER "{name}"')
        for statement in filter(None, statements):
            assert file.execute(statement).rowcount != 0, statement
        for _, sql in triggers if triggers_back else ():
            file.execute(sql)
        file.commit()


@pytest.mark.parametrize("what", BY_HAND)
def test_a_row_changed_by_hand_is_named(sound: Sound, what: str) -> None:
    by_hand(sound, BY_HAND[what], triggers_back=what != "a trigger gone")
    assert sound.verdict(what) == "named"
    assert sound.page(what) in (200, 409, 503)


def test_a_receipt_put_in_by_hand_is_named(sound: Sound) -> None:
    with closing(sqlite3.connect(sound.folder / FILE)) as file:
        columns = [row[1] for row in file.execute("PRAGMA table_info(receipt)")]
    taken = ", ".join(
        {"id": "id + 1000", "reference": "'R-FALSE'"}.get(column, f'"{column}"') for column in columns
    )
    by_hand(sound, f"INSERT INTO receipt SELECT {taken} FROM receipt WHERE reference = 'R2'")  # noqa: S608
    assert sound.verdict("a false receipt") == "named"


def test_a_tail_cut_off_with_its_record_shows_by_the_anchor_alone(sound: Sound) -> None:
    last = "SELECT max(seq) FROM audit_entry"
    with closing(sqlite3.connect(sound.folder / FILE)) as file:
        entity, id_ = file.execute(
            f"SELECT entity, entity_id FROM audit_entry WHERE seq = ({last})"  # noqa: S608
        ).fetchone()
    by_hand(
        sound,
        f"DELETE FROM audit_entry WHERE seq = ({last})",  # noqa: S608
        f"DELETE FROM {entity} WHERE id = {id_}",  # noqa: S608
    )
    assert command("check")[0] == 0  # without what was printed nobody can tell …
    code, said = command("check", "--anchor", sound.anchor)
    assert code == 1  # … and with it anybody
    assert "entries were cut off" in said


def test_a_past_rewritten_with_all_its_hashes_shows_by_the_anchor_alone(sound: Sound) -> None:
    sound.with_bytes(sound.content)
    with closing(sqlite3.connect(sound.folder / FILE)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            file.execute(f'DROP TRIGGER "{name}"')
        file.execute("UPDATE audit_entry SET after = replace(after, '777', '778') WHERE reference = 'R-FTV'")
        file.execute(
            "UPDATE audit_entry SET after = replace(after, '77700', '77800') WHERE reference = 'R-FTV'"
        )
        file.execute(
            "UPDATE receipt SET amount_minor = replace(amount_minor, '777', '778'),"
            " usd_minor = replace(usd_minor, '777', '778') WHERE reference = 'R-FTV'"
        )
        digest = START
        columns = ", ".join(ChainEntry._fields)
        for row in file.execute(f"SELECT {columns} FROM audit_entry ORDER BY seq").fetchall():  # noqa: S608
            entry = ChainEntry(row[0], datetime.fromisoformat(row[1]).replace(tzinfo=UTC), *row[2:])
            digest = chain_hash(digest, entry)
            file.execute("UPDATE audit_entry SET hash = ? WHERE seq = ?", (digest, entry.seq))
        for _, sql in triggers:
            file.execute(sql)
        file.commit()
    assert command("check")[0] == 0
    assert json.loads(command("position", "--format", "json")[1])
    code, said = command("check", "--anchor", sound.anchor)
    assert code == 1
    assert "has another hash" in said
