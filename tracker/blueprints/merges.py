"""The same donor twice: who may be one, merging two with a reason, and undoing it with a reason."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires
from tracker.blueprints import merged
from tracker.blueprints.choices import donors_to_choose
from tracker.blueprints.donors import kind_words
from tracker.blueprints.posting import answer_of_this_form, desk, messages, record
from tracker.domain.entries import DonorEntry
from tracker.domain.merging import check_merge, names_gained
from tracker.domain.naming import DonorNames, Pair, likely_pairs
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.extensions import db
from tracker.forms.merges import MergeForm, OtherForm, UndoForm
from tracker.queries.directory import donor_entries
from tracker.queries.merges import Holding, Merge, holding, merges, record_counts
from tracker.services import merges as services

bp = Blueprint("merges", __name__)
SHOWN = 200


@bp.get("/donors/same")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Donors on record that may be one, the likeliest first; and the merges that were made."""
    donors, counts = _donors(), record_counts(db.session(), programme().id)
    pairs = likely_pairs(donors.values())
    return render_template(
        "merges/index.html",
        rows=[_directed(pair, donors, counts) for pair in pairs[:SHOWN]],
        left=len(pairs[SHOWN:]),
        counts=counts,
        why=why_words(),
        merges=[(one, merged.said(one)) for one in merges(db.session(), programme().id)],
        moment=merged.moment,
        who=merged.who,
    )


def _directed(
    pair: Pair, donors: dict[str, DonorEntry], counts: dict[str, int]
) -> tuple[Pair, DonorEntry, DonorEntry]:
    """The one with fewer records becomes the other."""
    first, second = donors[pair.code], donors[pair.other]
    fewer = counts.get(first.code, 0) <= counts.get(second.code, 0)
    return (pair, first, second) if fewer else (pair, second, first)


def why_words() -> dict[str, str]:
    """Why two donors are taken to be alike."""
    return {
        "ref": _("the same IATI reference"),
        "words": _("words in common"),
        "spelling": _("a like spelling"),
    }


@bp.get("/donors/merge/<key:code>")
@requires("record")
def ask(code: str) -> ResponseReturnValue:
    """Who may be the same donor; with `?into=`, both side by side, and the question why."""
    old, into = _holding(code), request.args.get("into", "")
    if not into:
        return _choose(old)
    new, form = _holding(into), MergeForm()
    form.open_on_both(old.version, new.donor.code, new.version)
    return _merge_page(form, old, new)


@bp.post("/donors/merge/<key:code>")
@requires("record")
def merge(code: str) -> ResponseReturnValue:
    """Merge a donor into another one."""
    form = MergeForm()
    answer = answer_of_this_form(form.key)
    if answer is not None:  # the same form again: by now there is only one donor
        return redirect(answer)
    raw = form.raw()
    old, new = _holding(code), _holding(raw["into"])

    def write() -> str:
        seen = {"version": form.opened_version, "into_version": form.opened_into_version}
        services.merge_donors(desk(), donor=code, into=new.donor.code, reason=raw["reason"], **seen)
        names = {"donor": old.donor.name, "into": new.donor.name}
        flash(_("%(donor)s is %(into)s from now on. It can be undone on this page.", **names))
        return url_for("donors.show", code=new.donor.code)

    def page() -> str:
        if (form.opened_version, form.opened_into_version) != (old.version, new.version):
            form.open_on_both(old.version, new.donor.code, new.version)
        return _merge_page(form, old, new)

    return record(form, write, page)


def _choose(old: Holding) -> str:
    form = OtherForm(formdata=None)
    form.into.offer([one for one in donors_to_choose() if one[0] not in (old.donor.code, UNIDENTIFIED_DONOR)])
    alike = suggestions(old.donor)
    return render_template("merges/choose.html", donor=old.donor, form=form, alike=alike, why=why_words())


def suggestions(donor: DonorEntry) -> list[tuple[DonorEntry, str]]:
    """Other donors on record that may be this one, the likeliest first, each with why."""
    donors = _donors()
    return [(donors[one.code], one.why) for one in DonorNames(donors.values()).alike_to(donor)]


def _merge_page(form: MergeForm, old: Holding, new: Holding) -> str:
    problems = check_merge(old.donor, new.donor, old.open_logins)
    return render_template(
        "merges/merge.html",
        form=form,
        old=old,
        new=new,
        gained=names_gained(old.donor, new.donor),
        in_the_way=[words for _column, words in messages(problems)],
        kinds=kind_words(),
        tables=table_words(),
        turned_url=url_for(".ask", code=new.donor.code, into=old.donor.code),
    )


@bp.get("/donors/unmerge/<int:merge_id>")
@requires("record")
def ask_undo(merge_id: int) -> ResponseReturnValue:
    """What goes back, and the question why."""
    one, form = _merge(merge_id), UndoForm()
    form.open_on(one.version)
    return _undo_page(form, one)


@bp.post("/donors/unmerge/<int:merge_id>")
@requires("record")
def undo(merge_id: int) -> ResponseReturnValue:
    """Make two donors of one again."""
    one, form = _merge(merge_id), UndoForm()

    def write() -> str:
        said = {"version": form.opened_version, "reason": form.raw()["reason"]}
        code = services.undo_merge(desk(), merge_id=merge_id, **said)  # type: ignore[arg-type]
        flash(_("%(code)s is a donor of its own again.", code=code))
        return url_for("donors.show", code=code)

    return record(form, write, lambda: _undo_page(form, one))


def _undo_page(form: UndoForm, one: Merge) -> str:
    went = [(word, len(one.moved[table])) for table, word in table_words().items() if table in one.moved]
    return render_template("merges/undo.html", form=form, merge=one, said=merged.said(one), went=went)


def table_words() -> dict[str, str]:
    """What goes over, by table."""
    return {
        "pledge": _("Pledges"),
        "receipt": _("Receipts"),
        "contact": _("Contacts"),
        "note": _("Notes"),
        "attachment": _("Files"),
        "caretaker": _("Who looks after it"),
    }


def _donors() -> dict[str, DonorEntry]:
    return donor_entries(db.session(), programme().id)


def _holding(code: str) -> Holding:
    found = holding(db.session(), programme().id, code)
    return found if found is not None else abort(404)


def _merge(merge_id: int) -> Merge:
    found = next((one for one in merges(db.session(), programme().id) if one.id == merge_id), None)
    return found if found is not None else abort(404)
