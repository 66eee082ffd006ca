"""What recording an upload would do, as a page shows it: counts, changes, problems, questions, rows left out.

A page shows the first of each; the rest stands on pages of its own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker.blueprints.column_words import record_words
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, ReceiptEntry, RefundEntry
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.months import parse_day
from tracker.domain.problems import Problem
from tracker.domain.register import KINDS, Kind
from tracker.domain.writing import COLUMNS, Texts, entry_row
from tracker.importing.findings import Finding
from tracker.importing.flows import Named, all_questions
from tracker.importing.plan import Plan
from tracker.importing.planned import Counts
from tracker.importing.sameness import changed_columns
from tracker.importing.schedules import schedule_text
from tracker.presentation import sentence_list, writer
from tracker.queries.uploads import StoredUpload
from tracker.services.uploads import Look
from tracker.wording import problem_text, shown

FIRST: Final = 10
"""Of each list, as the preview itself shows it."""
PAGE: Final = 200
LISTS: Final = ("problems", "questions", "changes", "new")
_AMOUNT: Final = re.compile(r"((?:[A-Z]{3}\s)?)(-?[0-9]+(?:\.[0-9]+)?)", re.ASCII)
_AMOUNTS: Final[dict[str, tuple[str, ...]]] = {
    "ten_times_largest": ("usd",),
    "ten_times_signed": ("amount",),
    "iati_negative_refund": ("text",),
    "signed_differs": ("signed", "pledged"),
    "written_off_differs": ("written", "unpaid"),
    "usd_disagrees": ("usd", "amount"),
}
"""Which facts of a question are amounts."""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in words. `theirs` is the file's own name of the column, where it has another."""

    file: str
    row: int
    column: str
    theirs: str
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind: what they have in common, and each."""

    title: str
    rows: list[Said]


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that would change, column by column: (column, on record, in the file)."""

    kind: Kind
    key: str
    donor: str
    columns: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class MissingRate:
    """A currency without a rate: the first and the last day that need one, and how many rows do."""

    currency: str
    first: date
    last: date
    rows: int


@dataclass(frozen=True, slots=True)
class Sample:
    """New records of one table as they will be, in the columns that any of them fills.

    `columns` is a column and its word.
    """

    kind: Kind
    title: str
    columns: list[tuple[str, str]]
    rows: list[Texts]
    count: int


class Preview:
    """An upload, looked at. Everything here is worked out when a page asks for it."""

    def __init__(self, stored: StoredUpload, look: Look) -> None:
        self.stored, self.look = stored, look
        self.plan = look.plan or Plan()
        self._theirs = dict(look.table_map.columns) if look.table_map else {}
        self._words = record_words()

    # What stands in the way

    @cached_property
    def blocking(self) -> list[str]:
        """Why the file cannot be read at all, in sentences."""
        return [self._with_column(p.column, problem_text(p)) for p in self.look.problems]

    def _with_column(self, column: str, words: str) -> str:
        return f"{self._words.get(column, column)}: {words}" if column else words

    @property
    def readable(self) -> bool:
        """Whether there is anything in the file that another choice could make something of."""
        return bool(self.look.sheets) or not self.blocking

    @cached_property
    def rates(self) -> list[MissingRate]:
        """Rates that are missing, by currency."""
        days: dict[str, list[date]] = {}
        for one in self.plan.problems:
            if one.problem.code == "no_rate":
                facts = one.problem.facts
                days.setdefault(str(facts["currency"]), []).append(parse_day(str(facts["day"])))
        return [MissingRate(code, min(found), max(found), len(found)) for code, found in sorted(days.items())]

    @cached_property
    def problems(self) -> list[Finding]:
        """Every other problem, by row."""
        left = [one for one in self.plan.problems if one.problem.code != "no_rate"]
        return sorted(left, key=lambda one: (one.file, one.row))

    @property
    def wrong(self) -> int:
        """How many things there are to put right."""
        return len(self.blocking) + len(self.rates) + len(self.problems)

    # What to look at

    @cached_property
    def questions(self) -> list[Finding]:
        """What may be right all the same, the commonest kind last, each by row."""
        brought, planned = self.look.brought, self.plan.questions
        found = all_questions(brought, planned) if brought else planned
        return sorted(found, key=lambda one: (one.problem.code, one.file, one.row))

    def groups(self, most: int = FIRST) -> list[tuple[Group, int]]:
        """Questions by kind: the first ones, and how many there are."""
        found: dict[str, list[Finding]] = {}
        for one in self.questions:
            found.setdefault(one.problem.code, []).append(one)
        return [
            (Group(question_words(code), self.said(ones[:most])), len(ones)) for code, ones in found.items()
        ]

    def said(self, findings: Iterable[Finding]) -> list[Said]:
        """Findings in words."""
        return [
            Said(
                "" if one.file == self.stored.file_name else shown(one.file),
                one.row,
                self._words.get(one.problem.column, one.problem.column),
                self._theirs.get(one.problem.column, one.problem.column if self.look.kind == "own" else ""),
                problem_text(_grouped(one.problem)),
            )
            for one in findings
        ]

    # What would be recorded

    @cached_property
    def tables(self) -> list[tuple[str, Counts]]:
        """Rows by table that has any: its word, and what they amount to."""
        counts, named = self.plan.counts(), self.other_names
        counts["donors"] = replace(counts["donors"], changed=counts["donors"].changed - len(named))
        shown = [(table_words()[name], one) for name, one in counts.items()]
        shown.append((_("Other names of donors"), Counts(new=sum(len(names) for _donor, names in named))))
        return [(word, one) for word, one in shown if one.new or one.changed or one.unchanged]

    @cached_property
    def changes(self) -> list[tuple[Kind, Entry, Entry]]:
        """Every record that would change; donors that only get other names are not among them."""
        return changes_in(self.plan)

    @cached_property
    def other_names(self) -> list[tuple[str, tuple[str, ...]]]:
        """Donors that would be known by other names as well, and by which."""
        return other_names_in(self.plan)

    @property
    def unreferenced(self) -> bool:
        """Whether the rows are known by the mapping's name alone, as those of a table without references."""
        table_map = self.look.table_map
        return table_map is not None and not table_map.columns.get("reference")

    def changed(self, changes: Sequence[tuple[Kind, Entry, Entry]]) -> list[Changed]:
        """Changes, column by column."""
        return [
            Changed(kind, new.key, self._donor_of(new), self._columns(old, new)) for kind, old, new in changes
        ]

    def _donor_of(self, entry: Entry) -> str:
        """The name of the donor whose record it is; '' for rates, and for donors themselves."""
        assert self.look.register is not None
        register = self.look.register
        match entry:
            case PledgeEntry():
                code = entry.pledge.donor
            case ReceiptEntry():
                code = entry.receipt.donor
            case RefundEntry():
                taken_from = register.receipts.get(entry.refund.receipt)
                code = taken_from.receipt.donor if taken_from else ""
            case _:
                return ""
        return register.donors[code].name if code in register.donors else code

    def _columns(self, old: Entry, new: Entry) -> list[tuple[str, str, str]]:
        assert self.look.register is not None
        found = changed_columns(old, new, self.look.register)
        lines = [
            (self._words.get(column, column), _shown(column, before), _shown(column, after))
            for column, (before, after) in found.items()
        ]
        if isinstance(old, PledgeEntry) and isinstance(new, PledgeEntry):
            currency = new.pledge.currency
            before, after = old.pledge.instalments, new.pledge.instalments
            if before != after:
                words = self._words["instalments"]
                lines.append((words, schedule_text(before, currency), schedule_text(after, currency)))
        return lines

    @cached_property
    def new(self) -> list[tuple[Kind, Entry]]:
        """Every new record; donors last, because they are listed by name as well."""
        kinds: tuple[Kind, ...] = ("pledges", "receipts", "refunds", "rates", "donors")
        return [(kind, entry) for kind in kinds for entry in self.plan.new[kind]]

    def samples(self, entries: Sequence[tuple[Kind, Entry]]) -> list[Sample]:
        """New records as rows, by table."""
        by_kind: dict[Kind, list[Entry]] = {}
        for kind, entry in entries:
            by_kind.setdefault(kind, []).append(entry)
        return [self._sample(kind, found) for kind, found in by_kind.items()]

    def _sample(self, kind: Kind, entries: list[Entry]) -> Sample:
        assert self.look.register is not None
        codes = self.look.register.programme.codes
        rows = [entry_row(entry, codes, self._currency(entry)) for entry in entries]
        named = [column for column in COLUMNS[kind] if any(row[column] for row in rows)]
        rows = [{column: _shown(column, text) for column, text in row.items()} for row in rows]
        columns = [(column, self._words.get(column, column)) for column in named]
        return Sample(kind, table_words()[kind], columns, rows, len(self.plan.new[kind]))

    def _currency(self, entry: Entry) -> str:
        """The currency a refund's amount is in; other records say theirs."""
        known = self.look.register.receipts if self.look.register else {}
        found = known.get(entry.refund.receipt) if isinstance(entry, RefundEntry) else None
        return found.receipt.currency if found else PROGRAMME_CURRENCY

    @property
    def first_new(self) -> list[Sample]:
        """The first new records, as they will be."""
        return self.samples([one for one in self.new if one[0] != "donors"][:FIRST])

    @cached_property
    def names(self) -> list[Named]:
        """Names that no donor on record has, each new donor once, those with most rows first."""
        found: dict[str, Named] = {}
        for one in self.look.new_names:
            first = found.get(one.code)
            found[one.code] = first._replace(rows=first.rows + one.rows) if first else one
        return sorted(found.values(), key=lambda one: -one.rows)

    @cached_property
    def unasked(self) -> list[Named]:
        """Names that may be a donor's on record, and of which nobody has said so or not."""
        return self.look.unasked(self.stored.names)

    @property
    def totals(self) -> list[tuple[str, str, int, str]]:
        """What the file says in sum: its word, currency, rows, amount."""
        found = self.look.foreign.totals if self.look.foreign else []
        return [(one.label, one.currency, one.rows, amount_words(one.amount)) for one in found]

    @property
    def button(self) -> str:
        """What the button would record, in words: Record 2,678 pledges and 122 donors."""
        return _("Record %(what)s", what=sentence_list(writes_words(self.plan)))


def changes_in(plan: Plan) -> list[tuple[Kind, Entry, Entry]]:
    """Every record that a plan changes, without donors that only get other names."""
    return [
        (kind, old, new) for kind in KINDS for old, new in plan.changed[kind] if not added_names(old, new)
    ]


def other_names_in(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    """Donors that only get other names, and which."""
    found = [(new, added_names(old, new)) for old, new in plan.changed["donors"]]
    return [(donor.name, names) for donor, names in found if names and isinstance(donor, DonorEntry)]


def added_names(old: Entry, new: Entry) -> tuple[str, ...]:
    """The other names that a donor gets, where that is all that changes; else none."""
    if not isinstance(old, DonorEntry) or not isinstance(new, DonorEntry):
        return ()
    kept, added = set(old.aliases), tuple(name for name in new.aliases if name not in old.aliases)
    same = replace(old, aliases=new.aliases) == new and kept <= set(new.aliases)
    return added if same else ()


def writes_words(plan: Plan) -> list[str]:
    """What would be recorded: changes first, then new records table by table, then other names of donors."""
    kinds: tuple[Kind, ...] = ("pledges", "receipts", "refunds", "donors", "rates")
    words, changed = [], len(changes_in(plan))
    if changed:
        words.append(ngettext("%(n)s change", "%(n)s changes", changed, n=writer().whole(changed)))
    in_words = new_words if changed else count_words
    words += [in_words(kind, len(plan.new[kind])) for kind in kinds if plan.new[kind]]
    named = sum(len(names) for _donor, names in other_names_in(plan))
    if named:
        count = writer().whole(named)
        words.append(ngettext("%(n)s other name of a donor", "%(n)s other names of donors", named, n=count))
    return words


def new_words(kind: Kind, number: int) -> str:
    """A number of new records, where others change beside them: 32 new pledges."""
    count = writer().whole(number)
    match kind:
        case "donors":
            return ngettext("%(n)s new donor", "%(n)s new donors", number, n=count)
        case "rates":
            return ngettext("%(n)s new rate", "%(n)s new rates", number, n=count)
        case "pledges":
            return ngettext("%(n)s new pledge", "%(n)s new pledges", number, n=count)
        case "receipts":
            return ngettext("%(n)s new receipt", "%(n)s new receipts", number, n=count)
        case "refunds":
            return ngettext("%(n)s new refund", "%(n)s new refunds", number, n=count)


def count_words(kind: Kind, number: int) -> str:
    """A number of records, in words: 2,678 pledges."""
    count = writer().whole(number)
    match kind:
        case "donors":
            return ngettext("%(n)s donor", "%(n)s donors", number, n=count)
        case "rates":
            return ngettext("%(n)s rate", "%(n)s rates", number, n=count)
        case "pledges":
            return ngettext("%(n)s pledge", "%(n)s pledges", number, n=count)
        case "receipts":
            return ngettext("%(n)s receipt", "%(n)s receipts", number, n=count)
        case "refunds":
            return ngettext("%(n)s refund", "%(n)s refunds", number, n=count)


def table_words() -> dict[str, str]:
    """Our tables, in words."""
    return {
        "donors": _("Donors"),
        "pledges": _("Pledges"),
        "instalments": _("Instalments"),
        "receipts": _("Receipts"),
        "refunds": _("Refunds"),
        "rates": _("Rates"),
    }


def question_words(code: str) -> str:
    """What questions of a kind have in common."""
    words = {
        "twin_in_file": _("Twins in the file: the same donor, day and amount"),
        "likely_double": _("Perhaps the same money as another receipt: the same donor, day and amount"),
        "usd_disagrees": _("Amount, rate and USD disagree"),
        "signed_differs": _("More or less was signed than pledged"),
        "written_off_differs": _("Written off is not what is unpaid"),
        "negative_amount": _("Money that went back"),
        "iati_negative_refund": _("Money that went back"),
        "ten_times_largest": _("Ten times the donor’s largest pledge so far, or more"),
        "ten_times_signed": _("Ten times the signed amount, or more"),
        "in_future": _("Dated after today"),
        "window_over": _("The months it may cover are over"),
        "rate_is_one": _("A rate of exactly 1"),
        "rate_inverted": _("Rates that look turned round"),
        "rate_far": _("Rates far from the last one"),
        "iati_no_donor": _("Rows that name no donor"),
        "iati_earmarked": _("Earmarked in the file"),
        "iati_anonymous": _("Anonymous donors"),
    }
    return words.get(code, _("Other things to look at"))


def amount_words(amount: str) -> str:
    """An amount as a source writes it plainly, with its thousands told apart."""
    decimals = len(amount.partition(".")[2])
    try:
        value = Fraction(amount)
        return writer().decimal(value, decimals) if decimals else writer().whole(int(value))
    except ValueError:
        return amount


def _grouped(question: Problem) -> Problem:
    """A question whose amounts have their thousands told apart; what a problem quotes stays as it is."""
    facts = dict(question.facts)
    for name in _AMOUNTS.get(question.code, ()):
        if found := _AMOUNT.fullmatch(str(facts.get(name, ""))):
            facts[name] = found[1] + amount_words(found[2])
    return replace(question, facts=facts)


def _shown(column: str, text: str) -> str:
    """A cell as a page shows it: amounts with their thousands told apart."""
    return amount_words(text) if text and column in ("amount", "usd_amount") else text


def rows_words(rows: Iterable[int]) -> str:
    """Row numbers, neighbours drawn together: 2–5, 9.

    >>> rows_words([9, 2, 3, 4, 5])
    '2–5, 9'
    """
    spans: list[list[int]] = []
    for row in sorted(set(rows)):
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)
