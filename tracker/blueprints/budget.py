"""The budget: every version, its published and its computed columns side by side; adopting the next one."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.posting import UNPROCESSABLE, desk, messages, record
from tracker.domain.budget import SHARE_UNITS, Programme, version_in_force
from tracker.domain.months import month_of, month_text
from tracker.domain.problems import Problem
from tracker.domain.revisions import as_typed
from tracker.domain.vocabulary import BASES, Basis
from tracker.extensions import db
from tracker.forms.budgets import RevisionForm, revision_form
from tracker.presentation import writer
from tracker.queries.programmes import load_programme, load_versions
from tracker.queries.revisions import preview_revision
from tracker.reporting.budgets import RevisionView, budget_views, revision_view
from tracker.reporting.consequences import Consequence, consequence
from tracker.services.budgets import adopt_version
from tracker.wording import problem_text

bp = Blueprint("budget", __name__)
Problems = tuple[Problem, ...]


@bp.get("/budget")
@requires("see_position")
def index() -> ResponseReturnValue:
    """All versions, the newest first, and the months in which each is in force."""
    session, here = db.session(), programme().id
    seen, versions = load_programme(session, here), load_versions(session, here)
    month = max(seen.first_month, min(month_of(today()), seen.last_month))
    now = version_in_force(versions, month, today()).number
    views = budget_views(seen, versions, today())
    words = {"basis_words": basis_words(), "percent_of": percent_of}
    return render_template("budget/index.html", seen=seen, views=views, now=now, **words)


def percent_of(units: int) -> str:
    """A share in millionths: `51.26 %`, with four decimals where two do not say it."""
    return writer().share(units, SHARE_UNITS, digits=4 if units % 100 else 2)


def basis_words() -> dict[Basis, str]:
    """What a version counts by, in words."""
    return {"shares": _("by its published shares"), "amounts": _("by its published amounts")}


# The next version


@dataclass(frozen=True, slots=True)
class Check:
    """What a version would change; both empty where it was not asked, or is not right yet."""

    view: RevisionView | None = None
    consequence: Consequence | None = None
    asked: bool = False


@bp.get("/budget/adopt")
@requires("adopt_budget")
def new() -> ResponseReturnValue:
    """A form that starts from the version numbered last."""
    seen, versions = _seen(), load_versions(db.session(), programme().id)
    form = _form(seen)
    month = max(seen.first_month, min(month_of(today()) + 1, seen.last_month))
    form.fill({"effective_month": month_text(month), "adopted_on": today().isoformat()})  # type: ignore[arg-type]
    form.fill(as_typed(versions[-1], seen.codes))
    form.open_on()
    return _page(form, Check())


@bp.post("/budget/adopt")
@requires("adopt_budget")
def adopt() -> ResponseReturnValue:
    """Adopt a version as it was previewed; with `check`, or where it says something else, preview it."""
    form = _form(_seen())
    check, problems, questions = _checked(form)
    if "check" in request.form or problems or form.seen.data != form.digest():
        return _only_checked(form, check, problems, questions)

    def write() -> str:
        version = adopt_version(desk(), raw=form.raw(), confirmed=bool(form.confirm.data))
        month = writer().month_long(version.effective_month)
        flash(_("Adopted: version %(n)s, in effect from %(month)s.", n=version.number, month=month))
        return url_for("budget.index")

    return record(form, write, lambda: _page(form, check))


def _checked(form: RevisionForm) -> tuple[Check, Problems, Problems]:
    """What a form would adopt, with its problems and questions."""
    found, problems, questions = preview_revision(db.session(), programme().id, today(), form.raw())
    if found is None:
        return Check(asked=True), problems, questions
    view = revision_view(_seen(), found.earlier, found.version, today())
    return Check(view, consequence(found.comparison), True), (), questions


def _only_checked(
    form: RevisionForm, check: Check, problems: Problems, questions: Problems
) -> ResponseReturnValue:
    """The form again with what adopting would change; nothing is recorded."""
    if form.key is None:
        form.open_on()
    unseen = "check" not in request.form and not problems
    form.show(messages((*problems, *((Problem("not_as_previewed"),) if unseen else ()))))
    if not form.confirm.data:
        form.ask(problem_text(question) for question in questions)
    form.seen.data = "" if problems else form.digest()
    return _page(form, check), UNPROCESSABLE if problems or unseen else 200


def _seen() -> Programme:
    return load_programme(db.session(), programme().id)


def _form(seen: Programme) -> RevisionForm:
    words = basis_words()
    outcomes = [(outcome.code, outcome.short_name) for outcome in seen.outcomes]
    return revision_form(outcomes, [(basis, words[basis]) for basis in BASES])


def _page(form: RevisionForm, check: Check) -> str:
    return render_template("budget/adopt.html", form=form, check=check, seen=_seen())
