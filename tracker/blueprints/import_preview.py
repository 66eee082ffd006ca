"""What recording an upload would do, as a page shows it: counts, changes, problems, questions, rows left out.

A page shows the first of each; the rest stands on pages of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker.domain.entries import Entry, PledgeEntry, RefundEntry
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.register import KINDS, Kind
from tracker.domain.writing import COLUMNS, Texts, entry_row
from tracker.importing.findings import Finding
from tracker.importing.flows import Named
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
    columns: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Sample:
    """New records of one table as they will be, in the columns that any of them fills."""

    kind: Kind
    title: str
    columns: list[str]
    rows: list[Texts]
    count: int


class Preview:
    """An upload, looked at. Everything here is worked out when a page asks for it."""

    def __init__(self, stored: StoredUpload, look: Look) -> None:
        self.stored, self.look = stored, look
        self.plan = look.plan or Plan()
        self._theirs = dict(look.table_map.columns) if look.table_map else {}

    # What stands in the way

    @cached_property
    def blocking(self) -> list[str]:
        """Why the file cannot be read at all, in sentences."""
        return [self._with_column(p.column, problem_text(p)) for p in self.look.problems]

    def _with_column(self, column: str, words: str) -> str:
        return f"{column}: {words}" if column else words

    @cached_property
    def rates(self) -> list[tuple[str, str, int]]:
        """Rates that are missing: currency, the first day that needs one, and how many rows do."""
        found: dict[str, list[str]] = {}
        for one in self.plan.problems:
            if one.problem.code == "no_rate":
                facts = one.problem.facts
                found.setdefault(str(facts["currency"]), []).append(str(facts["day"]))
        return [(currency, min(days), len(days)) for currency, days in sorted(found.items())]

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
        brought = self.look.brought.questions if self.look.brought else []
        return sorted([*brought, *self.plan.questions], key=lambda one: (one.problem.code, one.file, one.row))

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
                one.problem.column,
                self._theirs.get(one.problem.column, ""),
                problem_text(one.problem),
            )
            for one in findings
        ]

    # What would be recorded

    @cached_property
    def tables(self) -> list[tuple[str, Counts]]:
        """Rows by table that has any: its word, and what they amount to."""
        counts = self.plan.counts().items()
        return [(table_words()[name], one) for name, one in counts if one.new or one.changed or one.unchanged]

    @cached_property
    def changes(self) -> list[tuple[Kind, Entry, Entry]]:
        """Every record that would change."""
        return [(kind, old, new) for kind in KINDS for old, new in self.plan.changed[kind]]

    def changed(self, changes: Sequence[tuple[Kind, Entry, Entry]]) -> list[Changed]:
        """Changes, column by column."""
        return [Changed(kind, new.key, self._columns(old, new)) for kind, old, new in changes]

    def _columns(self, old: Entry, new: Entry) -> list[tuple[str, str, str]]:
        assert self.look.register is not None
        found = changed_columns(old, new, self.look.register)
        lines = [(column, before, after) for column, (before, after) in found.items()]
        if isinstance(old, PledgeEntry) and isinstance(new, PledgeEntry):
            currency = new.pledge.currency
            before, after = old.pledge.instalments, new.pledge.instalments
            if before != after:
                lines.append(("instalments", schedule_text(before, currency), schedule_text(after, currency)))
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
        columns = [column for column in COLUMNS[kind] if any(row[column] for row in rows)]
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
        """Names that no donor on record has, those with most rows first."""
        return sorted(self.look.new_names, key=lambda one: -one.rows)

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


def writes_words(plan: Plan) -> list[str]:
    """What would be recorded, table by table: new ones by their number, changed ones as such."""
    kinds: tuple[Kind, ...] = ("pledges", "receipts", "refunds", "donors", "rates")
    words = [count_words(kind, len(plan.new[kind])) for kind in kinds if plan.new[kind]]
    changed = sum(len(plan.changed[kind]) for kind in kinds)
    if changed:
        count = writer().whole(changed)
        words.append(ngettext("%(n)s change", "%(n)s changes", changed, n=count))
    return words


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
