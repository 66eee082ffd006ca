"""A statement's figures as its sheets need them: what the formulas have to give. Nothing is decided here."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from tracker.domain.contributions import InstalmentState, NetReceipt
from tracker.domain.received import Amounts, Lot, plus
from tracker.queries.own import OwnPledge, OwnReceipt
from tracker.queries.statements import StatementMonth, StatementReport
from tracker.reporting.statement_workbook.layout import headers
from tracker.reporting.statements import Line, lines


class Refunded(NamedTuple):
    """A refund by the end of the period: its receipt, its USD cents and what it takes of each column."""

    receipt: OwnReceipt
    reference: str
    amount_minor: int
    usd_minor: int
    parts: Amounts
    refunded_on: date
    ledger_ref: str


@dataclass(frozen=True)
class Figures:
    """One report, ready for the sheets."""

    report: StatementReport

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The headers of the report's columns."""
        return headers(self.report)

    @cached_property
    def wanted(self) -> tuple[int, ...]:
        """Which columns the front sheet shows."""
        return self.report.wanted_columns

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """From the opening to the closing, and its parts."""
        return lines(self.report)

    @cached_property
    def nil(self) -> Amounts:
        """Nothing of anything."""
        return (0,) * len(self.names)

    @property
    def pledges(self) -> tuple[OwnPledge, ...]:
        """The contributor's pledges, by day."""
        return self.report.records.pledges

    @cached_property
    def instalments(self) -> tuple[InstalmentState, ...]:
        """Those of all pledges, pledge by pledge."""
        return tuple(one for pledge in self.pledges for one in pledge.state.instalments)

    @cached_property
    def exchanged(self) -> tuple[OwnPledge, ...]:
        """The pledges that exchange rates bear on."""
        return tuple(one for one in self.pledges if one.exchanged)

    @property
    def receipts(self) -> tuple[OwnReceipt, ...]:
        """Those to the end of the period, by day."""
        return self.report.records.receipts

    @cached_property
    def lots(self) -> dict[str, Lot]:
        """Each receipt as it arrived, split over what it is for."""
        return {lot.reference: lot for lot in self.report.lots}

    @cached_property
    def refunds(self) -> tuple[Refunded, ...]:
        """Those to the end of the period, by day."""
        found = []
        for own in self.receipts:
            usd = {refund.reference: minor for refund, minor in own.net.refunds}
            found += [
                Refunded(
                    own, back.refund.reference, back.refund.amount_minor, usd[back.refund.reference],
                    back.parts, back.refund.refunded_on, own.refund_refs.get(back.refund.reference, ""),
                )
                for back in self.lots[own.net.receipt.reference].givebacks
            ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.refunded_on, one.reference)))

    @cached_property
    def refunded(self) -> dict[str, tuple[int, int]]:
        """Given back of each receipt by the end of the period, in its currency and in USD cents."""
        sums: dict[str, tuple[int, int]] = {}
        for one in self.refunds:
            key = one.receipt.net.receipt.reference
            minor, usd = sums.get(key, (0, 0))
            sums[key] = (minor + one.amount_minor, usd + one.usd_minor)
        return sums

    def net_of(self, own: OwnReceipt) -> NetReceipt:
        """A receipt less its refunds by the end of the period."""
        receipt = own.net.receipt
        minor, usd = self.refunded.get(receipt.reference, (0, 0))
        return NetReceipt(receipt, receipt.amount_minor - minor, receipt.usd_minor - usd)

    def proves(self, pledge: OwnPledge) -> bool:
        """Whether the receipts listed say all of what settled a pledge: none later, all in its currency."""
        terms = pledge.state.pledge
        own = (one.net.receipt for one in self.receipts if one.net.receipt.pledge == terms.reference)
        whole = self.report.as_of == self.report.period.last
        return whole and all(receipt.currency == terms.currency for receipt in own)

    def days_late(self, one: InstalmentState) -> int:
        """How long an instalment has been overdue on the as-of day; 0 where nothing of it is open."""
        return max(0, (self.report.as_of - one.due_on).days) if one.open_usd_minor else 0

    @cached_property
    def overdue(self) -> int:
        """USD cents that are open of instalments past their day."""
        return sum(one.open_usd_minor for one in self.instalments if self.days_late(one))

    def months(self, when: str) -> list[StatementMonth]:
        """The months covered before the period, in it, or later."""
        return [one for one in self.report.months if one.when == when]

    def covered(self, when: str) -> Amounts:
        """What those months hold, by column."""
        core = plus(self.nil[:-2], *(one.parts for one in self.months(when)))
        return (*core, 0, 0)
