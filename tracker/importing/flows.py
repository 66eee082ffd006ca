"""Anybody's rows → rows of our tables (docs/importing.md): what a mapped table and an IATI file share.

A reader (`mapped`, `iati`) turns its source into flows: each is one pledge, receipt or refund with what the
source says of it, and no more. Here they get a donor and a reference that are the same every time the file
comes, and become tables that `plan` checks like any others. What a source does not say stays as on record.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Final, Literal, NamedTuple

from tracker.domain.entries import DonorEntry
from tracker.domain.naming import DonorNames, Likeness, as_alias
from tracker.domain.register import Register
from tracker.domain.rows import MAX_KEY
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.domain.writing import COLUMNS, Texts, entry_row
from tracker.importing.findings import Finding, finding
from tracker.importing.rows import Table, Tables, TextRow

FlowTable = Literal["pledges", "receipts", "refunds"]
MAX_CODE: Final = 40
_DAY: Final[dict[FlowTable, str]] = {
    "pledges": "pledged_on",
    "receipts": "received_on",
    "refunds": "refunded_on",
}


@dataclass(frozen=True, slots=True)
class Party:
    """A donor as the source names it; every text may be empty. `code` only in files of our own."""

    name: str = ""
    iati_ref: str = ""
    kind: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """One pledge, receipt or refund that a row of the source tells of.

    `cells` are columns of its table, written as our files write them, without `reference` and `donor`: only
    what the source, or a constant, says. `reference` is the source's own, '' for none; `identity` is then
    what tells the row from others. `parent` is the place, among all flows, of the pledge that a receipt
    settles, or of the receipt that a refund is taken from. `hints` are cells for a new record alone: what
    is on record stands against them.
    """

    row: int
    table: FlowTable
    party: Party
    cells: Mapping[str, str]
    reference: str = ""
    identity: tuple[str, ...] = ()
    parent: int | None = None
    hints: Mapping[str, str] = field(default_factory=dict)


class LeftOut(NamedTuple):
    """A row that became nothing, and why: a code that `wording.left_out_words` says, and its facts."""

    row: int
    why: str
    text: str = ""


class Total(NamedTuple):
    """What a source says in sum, before anything is decided about it: `label` is its own word for it."""

    label: str
    currency: str
    rows: int
    amount: str


@dataclass
class Foreign:
    """What came of a source. `extra` are rows of our own tables that it holds as such."""

    flows: list[Flow] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    questions: list[Finding] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    extra: dict[Literal["donors", "rates", "instalments"], list[TextRow]] = field(default_factory=dict)


class Named(NamedTuple):
    """A donor's name in a source: what it was taken for, and whom it may be meant to be.

    `rows` are the source's own: one that makes several flows counts once. `code` is the donor's code; `new`
    where there was none and it will be recorded.
    """

    party: Party
    rows: int
    code: str
    new: bool
    alike: tuple[Likeness, ...]


@dataclass
class Brought:
    """Flows as tables, with what a person should know of them."""

    tables: Tables
    names: list[Named]
    questions: list[Finding]


def bring(
    foreign: Foreign,
    register: Register,
    *,
    file: str,
    prefix: str,
    chosen: Mapping[str, str] | None = None,
    keep_aliases: bool = False,
) -> Brought:
    """The flows of a source as our tables.

    `prefix` begins the references of rows that have none. `chosen` is what a person said of names: a
    donor's code, or '' for a new donor. With `keep_aliases` a chosen name becomes an alias of its donor.
    """
    names = _name(foreign.flows, register, chosen or {})
    codes = {one.party: one.code for one in names}
    references = _refer(foreign.flows, codes, register, prefix)
    rows: dict[str, list[TextRow]] = {"donors": _donor_rows(foreign, names, register, keep_aliases)}
    rows |= {name: list(found) for name, found in foreign.extra.items() if name != "donors"}
    linked = _pledges_of(foreign.flows, codes, references, register)
    for flow, reference, pledge in zip(foreign.flows, references, linked, strict=True):
        cells = _cells(flow, codes[flow.party], reference, pledge, foreign.flows, references, register)
        rows.setdefault(flow.table, []).append(TextRow(flow.row, cells))
    tables = Tables(problems=list(foreign.problems))
    for name in COLUMNS:
        if found := rows.get(name):
            tables.tables.append(Table(file, name, lambda found=found: iter(found), len(found)))  # type: ignore[misc]
    return Brought(tables, names, [*foreign.questions, *_twins(foreign.flows, codes, file)])


# Donors


def _name(flows: Iterable[Flow], register: Register, chosen: Mapping[str, str]) -> list[Named]:
    """Every name once, in the order of the source."""
    counts = Counter(party for party, _ in dict.fromkeys((flow.party, flow.row) for flow in flows))
    by_name: dict[str, str] = {}
    new: dict[str, DonorEntry] = {}
    names, known = [], DonorNames(register.donors.values())
    voided = (code for kind, code in register.voided if kind == "donors")
    taken = {code.casefold() for code in (*register.donors, *register.merged, *voided)}
    for party, rows in counts.items():
        code = _code_of(party, register, known, chosen)
        alike: tuple[Likeness, ...] = ()
        if not code:
            alike = known.alike(party.name, party.iati_ref)
            known_code = party.code in register.donors or party.code in register.merged
            code = by_name.get(party.name) or ("" if known_code else party.code)
            code = code or free_code(party.name, taken)
            by_name[party.name] = code
            taken.add(code.casefold())
            new[code] = DonorEntry(code, party.name)
        names.append(Named(party, rows, code, code in new, alike))
    return names


def _code_of(party: Party, register: Register, known: DonorNames, chosen: Mapping[str, str]) -> str:
    """The code of the donor a party is; '' for a new one."""
    if party.name in chosen:
        return register.merged.get(chosen[party.name], chosen[party.name])
    if party.code in register.donors or party.code in register.merged:
        return register.merged.get(party.code, party.code)
    if not party.name.strip():
        return UNIDENTIFIED_DONOR
    found = known.find(party.name, party.iati_ref)
    return found.code if found else ""


def free_code(name: str, taken: Container[str]) -> str:
    """A code for a new donor: the name's letters and digits, at most 40, told apart by a number.

    `taken` are codes without regard to case (`casefold`).

    >>> free_code("Norway, Government of", {"norway-government-of"})
    'NORWAY-GOVERNMENT-OF-2'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    stem = "-".join(re.findall("[A-Z0-9]+", plain.upper())) or "DONOR"
    for number in count(1):
        tail = f"-{number}" if number > 1 else ""
        code = stem[: MAX_CODE - len(tail)].rstrip("-") + tail
        if code.casefold() not in taken:
            return code
    raise AssertionError("numbers do not end")


def _donor_rows(
    foreign: Foreign, names: Sequence[Named], register: Register, keep_aliases: bool
) -> list[TextRow]:
    """Rows of new donors, and with `keep_aliases` of those that get another name."""
    wanted = {one.code for one in names}
    said = (row for row in foreign.extra.get("donors", []) if row.cells["code"] in wanted)
    rows = {row.cells["code"]: _over_record(row, register) for row in said}
    first = {flow.party: flow.row for flow in reversed(foreign.flows)}
    for one in names:
        party, row = one.party, first[one.party]
        known = register.donors.get(one.code)
        if known is None and one.code not in rows:
            cells = {"code": one.code, "name": party.name, "kind": party.kind, "iati_ref": party.iati_ref}
            rows[one.code] = TextRow(row, cells)
        elif known is not None and keep_aliases and _another_name(party, known):
            kept = rows.get(one.code)
            cells = dict(kept.cells) if kept else entry_row(known, register.programme.codes, "")
            cells["aliases"] = ";".join(filter(None, (cells["aliases"], as_alias(party.name))))
            rows[one.code] = TextRow(row, cells)
    return list(rows.values())


def _over_record(row: TextRow, register: Register) -> TextRow:
    """A donor's row of a file of ours, over what is on record of what such files leave out."""
    known = register.donors.get(row.cells["code"])
    kept = entry_row(known, register.programme.codes, "") if known else {}
    return row._replace(cells=kept | row.cells)


def _another_name(party: Party, donor: DonorEntry) -> bool:
    """Whether a name is none that the donor is known by."""
    said = as_alias(party.name.strip())
    return bool(said) and donor.code != UNIDENTIFIED_DONOR and DonorNames([donor]).find(said) is None


# References


def _refer(flows: Sequence[Flow], codes: Mapping[Party, str], register: Register, prefix: str) -> list[str]:
    """A reference for every flow: the same ones whenever the file comes again, in whatever order.

    A reference that stands on several rows is numbered from the second on. Rows that say what is on record
    under one of the numbers keep it, those that say the most of it first; the rest take what is left, in
    their order.
    """
    stems = [flow.reference or _made_up(flow, prefix) for flow in flows]
    groups: dict[tuple[FlowTable, str], list[int]] = {}
    for place, (flow, stem) in enumerate(zip(flows, stems, strict=True)):
        groups.setdefault((flow.table, stem), []).append(place)
    taken = {(flow.table, stem) for flow, stem in zip(flows, stems, strict=True)}
    references = list(stems)
    for (table, stem), places in groups.items():
        keys = _numbered(table, stem, len(places), register, taken)
        if len(keys) > 1:
            _deal(places, keys, flows, codes, register, references)
    return references


def _made_up(flow: Flow, prefix: str) -> str:
    """What a row without a reference is called: from what tells it from others, so that it stays."""
    said = "\x1f".join(flow.identity)
    return f"{prefix}-{sha256(said.encode()).hexdigest()[:10]}"


def _numbered(
    table: FlowTable, stem: str, needed: int, register: Register, taken: set[tuple[FlowTable, str]]
) -> list[str]:
    """`G0108`, `G0108-2`, … as many as are needed or on record, without those that rows say themselves."""
    keys, known = [stem], getattr(register, table)
    for number in count(2):
        key = f"{stem[: MAX_KEY - len(str(number)) - 1]}-{number}"
        on_record = key in known or (table, key) in register.voided
        if len(keys) >= needed and not on_record:
            return keys
        if (table, key) not in taken:
            keys.append(key)
    raise AssertionError("numbers do not end")


def _deal(
    places: Sequence[int],
    keys: Sequence[str],
    flows: Sequence[Flow],
    codes: Mapping[Party, str],
    register: Register,
    references: list[str],
) -> None:
    table, free, left = flows[places[0]].table, dict.fromkeys(keys), dict.fromkeys(places)
    found = {key: register.find(table, key) for key in keys}
    rows = {key: entry_row(one, register.programme.codes, "USD") for key, one in found.items() if one}
    for whole in (True, False):
        said = {place: _other_columns(flows[place]) if whole else () for place in left}
        same: dict[tuple[tuple[str, ...], ...], list[str]] = {}
        for columns in dict.fromkeys(said.values()):
            for key in filter(rows.__contains__, free):
                row = rows[key]
                alike = columns, _content(table, row.get("donor", ""), row), _cells_of(row, columns)
                same.setdefault(alike, []).append(key)
        for place, columns in sorted(said.items(), key=lambda one: -len(one[1])):
            flow = flows[place]
            alike = columns, _content(table, codes[flow.party], flow.cells), _cells_of(flow.cells, columns)
            kept = next((key for key in same.get(alike, ()) if key in free), None)
            if kept is not None:
                same[alike].remove(kept)
                references[place] = kept
                del free[kept]
                del left[place]
    for place, key in zip(left, free, strict=False):
        references[place] = key


def _other_columns(flow: Flow) -> tuple[str, ...]:
    """What a row says beside what `_content` is made of."""
    return tuple(sorted(set(flow.cells) - {"amount", "currency", _DAY[flow.table]}))


def _cells_of(cells: Mapping[str, str], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cells.get(column, "") for column in columns)


def _content(table: FlowTable, donor: str, cells: Mapping[str, str]) -> tuple[str, ...]:
    amount = cells.get("amount", "")
    if "." in amount:
        amount = amount.rstrip("0").rstrip(".")
    return donor, cells.get(_DAY[table], ""), cells.get("currency", ""), amount


# Rows


def _pledges_of(
    flows: Sequence[Flow], codes: Mapping[Party, str], references: Sequence[str], register: Register
) -> list[str]:
    """The pledge of each receipt: the one it names, else the donor's of the same reference.

    A row that was a pledge when the file last came, and is a payment now, pays that pledge.
    """
    owners = {key: entry.pledge.donor for key, entry in register.pledges.items()}
    owners |= {
        reference: codes[flow.party]
        for flow, reference in zip(flows, references, strict=True)
        if flow.table == "pledges"
    }
    found = []
    for flow, reference in zip(flows, references, strict=True):
        if flow.table != "receipts" or "pledge" in flow.cells:
            found.append(flow.cells.get("pledge", ""))
        elif flow.parent is not None:
            found.append(references[flow.parent])
        else:
            same = flow.reference and owners.get(reference) == codes[flow.party]
            found.append(reference if same else "")
    return found


def _cells(
    flow: Flow,
    donor: str,
    reference: str,
    pledge: str,
    flows: Sequence[Flow],
    references: Sequence[str],
    register: Register,
) -> Texts:
    """A row of our table: what the source says, over what is on record under the reference."""
    entry = register.find(flow.table, reference)
    kept = entry_row(entry, register.programme.codes, _currency(flow, register)) if entry else {}
    said: Texts = {"reference": reference, **({} if kept else flow.hints), **flow.cells}
    if flow.table != "refunds":
        said["donor"] = donor
    if flow.table == "receipts" and pledge:
        said["pledge"] = pledge
    if flow.table == "refunds" and flow.parent is not None:
        said["receipt"] = references[flow.parent]
    if flow.table == "receipts" and donor == UNIDENTIFIED_DONOR and not kept:
        said.setdefault("earmark", "hold")
    moved = ("amount", "currency", _DAY[flow.table])
    if kept and any(_content_of(said, kept, column) for column in moved):
        for column in ("usd_amount", "split"):
            kept.pop(column, None)
    if flow.table == "pledges" and kept.get("pledged_on", "9") < said.get("pledged_on", ""):
        said["pledged_on"] = kept["pledged_on"] if "signed_on" in flow.cells else said["pledged_on"]
    return kept | said


def _currency(flow: Flow, register: Register) -> str:
    """The currency that a refund on record is in."""
    found = register.receipts.get(flow.cells.get("receipt", ""))
    return found.receipt.currency if found else "USD"


def _content_of(said: Mapping[str, str], kept: Mapping[str, str], column: str) -> bool:
    """Whether a column is said otherwise than on record."""
    if column not in said:
        return False
    before, after = kept.get(column, ""), said[column]
    if column == "amount":
        before, after = (t.rstrip("0").rstrip(".") if "." in t else t for t in (before, after))
    return before != after


def _twins(flows: Iterable[Flow], codes: Mapping[Party, str], file: str) -> list[Finding]:
    """Rows with the same donor, day, currency and amount: different money, perhaps; kept and pointed out."""
    first: dict[tuple[str, ...], int] = {}
    pairs: dict[tuple[int, int], None] = {}
    for flow in flows:
        key = (flow.table, *_content(flow.table, codes[flow.party], flow.cells))
        other = first.setdefault(key, flow.row)
        if other != flow.row:
            pairs[flow.row, other] = None
    return [finding(file, row, "twin_in_file", "amount", other=other) for row, other in pairs]


def all_questions(brought: Brought, planned: Iterable[Finding]) -> list[Finding]:
    """What a person should look at, of the source and of the plan, each thing once.

    A row that is pointed out as a twin of another is no likely double of a receipt of the same file too;
    one of a receipt that stands nowhere in the file it still may be.
    """
    twins = {(one.file, one.row) for one in brought.questions if one.problem.code == "twin_in_file"}
    receipts = (table for table in brought.tables.tables if table.name == "receipts") if twins else ()
    own = {row.cells.get("reference", "") for table in receipts for row in table.rows()}
    return [
        *brought.questions,
        *(
            one
            for one in planned
            if one.problem.code != "likely_double"
            or (one.file, one.row) not in twins
            or one.problem.facts["reference"] not in own
        ),
    ]
