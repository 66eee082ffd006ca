"""Same donor? Names in a file that no donor on record has, and what the others were taken for."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires
from tracker.blueprints import import_reading as reading
from tracker.blueprints.posting import UNPROCESSABLE, desk, record
from tracker.domain.entries import DonorEntry
from tracker.domain.naming import DonorNames, Likeness
from tracker.domain.problems import Problem, Refused
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.importing.flows import Named
from tracker.queries.directory import donor_entries
from tracker.queries.uploads import StoredUpload
from tracker.services import uploads as services
from tracker.wording import problem_text

bp = Blueprint("import_names", __name__)

SURE = 95
"""From this score on a suggestion is ticked before anybody has said so."""
NEW, OTHER, IS = "new", "other", "is:"
Donors = Mapping[str, DonorEntry]


@dataclass
class Asked:
    """A name in the file as its question stands on the page.

    `taken` is the donor it was taken for, '' for none; `chosen` is `is:` and a suggestion's code, `new`,
    `other` with the code in `other`, or '' where nothing is ticked.
    """

    name: str
    rows: int
    taken: str
    alike: tuple[Likeness, ...]
    why: str = ""
    chosen: str = ""
    other: str = ""
    messages: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What its fields are called: the same on every page of the same name."""
        return sha256(self.name.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def best(self) -> int:
        """The score of its likeliest suggestion."""
        return self.alike[0].score if self.alike else 0


@bp.get("/imports/<int:upload_id>/donors")
@requires("record")
def show(upload_id: int) -> ResponseReturnValue:
    """Every name, with what it may mean."""
    stored = reading.found(upload_id)
    try:
        asked = _asked(stored)
    except Refused as refused:
        return _unreadable(stored, refused)
    if asked is None:
        return redirect(url_for("imports.show", upload_id=upload_id))
    donors, form = _donors(), RecordForm(formdata=None)
    form.open_on(stored.version)
    for one in asked:
        _as_said(one, stored.names, donors)
    return _page(stored, asked, donors, form)


@bp.post("/imports/<int:upload_id>/donors")
@requires("record")
def decide(upload_id: int) -> ResponseReturnValue:
    """Keep what was said of the names, for this upload."""
    stored, form = reading.found(upload_id), RecordForm()
    try:
        asked = _asked(stored)
    except Refused as refused:
        return _unreadable(stored, refused)
    if asked is None:
        return redirect(url_for("imports.show", upload_id=upload_id))
    donors = _donors()
    known = DonorNames(donors.values())
    for one in asked:
        _as_sent(one, donors, known)
    if any(one.messages for one in asked):
        return _page(stored, asked, donors, form), UNPROCESSABLE

    def write() -> str:
        names = {one.name: code for one in asked if (code := _decision(one)) is not None}
        services.choose(desk(), upload_id=upload_id, version=form.opened_version, names=names)
        return url_for("imports.show", upload_id=upload_id)

    try:
        return record(form, write, lambda: _page(stored, asked, donors, form))
    except services.StaleUpload:
        flash(_("This import was changed meanwhile. It is shown as it stands now."), "warning")
        return redirect(url_for("import_names.show", upload_id=upload_id))


def _asked(stored: StoredUpload) -> list[Asked] | None:
    """The questions, the likeliest first; None where there is nothing to ask (yet, or any more)."""
    said = services.said_in(stored, reading.opened(stored)) if stored.is_open else None
    if said is None:
        return None
    names, donors = reading.names_in(stored, said), _donors()
    rows = Counter[str]()
    first: dict[str, Named] = {}
    for one in names:
        rows[one.party.name] += one.rows
        first.setdefault(one.party.name, one)
    asked = [_question(one, rows[name], donors) for name, one in first.items() if name.strip()]
    return sorted(asked, key=lambda one: (-one.best, one.name.casefold()))


def _question(one: Named, rows: int, donors: Donors) -> Asked:
    name, ref = one.party.name, one.party.iati_ref
    if one.new:
        return Asked(name, rows, "", one.alike)
    return Asked(name, rows, one.code, (), reading.reason(name, ref, donors[one.code]))


def _donors() -> Donors:
    found = donor_entries(db.session(), programme().id)
    return {code: donor for code, donor in found.items() if code != UNIDENTIFIED_DONOR}


def _as_said(one: Asked, said: Mapping[str, str], donors: Donors) -> None:
    """Tick what was said before; else what is as good as sure, or the only answer there is."""
    code = said.get(one.name)
    if code is None:
        likely = one.taken or (one.alike[0].code if one.best >= SURE else "")
        one.chosen = IS + likely if likely else ("" if one.alike else NEW)
    elif code == "":
        one.chosen = NEW
    elif code in _offered(one):
        one.chosen = IS + code
    elif code in donors:
        one.chosen, one.other = OTHER, code


def _offered(one: Asked) -> list[str]:
    return [one.taken] if one.taken else [like.code for like in one.alike]


def _as_sent(one: Asked, donors: Donors, known: DonorNames) -> None:
    """Take what the form says of a name, with a message where it says nothing that can be."""
    one.chosen = request.form.get(f"is-{one.key}", "")
    one.other = _code_of(request.form.get(f"other-{one.key}", "").strip(), donors, known)
    if one.chosen == "" and one.other:
        one.chosen = OTHER
    if one.chosen == "" and "rest" in request.form:
        one.chosen = NEW
    offered = [NEW, OTHER, *(IS + code for code in _offered(one))]
    if one.chosen == OTHER and one.other not in donors:
        one.messages.append(problem_text(_unknown(one.other)))
    elif one.chosen not in offered:
        one.messages.append(problem_text(Problem("name_not_decided")))


def _code_of(text: str, donors: Donors, known: DonorNames) -> str:
    """The code that somebody typed, or that of the donor whose name they did; else the text as it is."""
    found = None if text in donors or not text else known.find(text)
    return found.code if found else text


def _unknown(code: str) -> Problem:
    return Problem("unknown_donor", "donor", {"text": code}) if code else Problem("missing", "donor")


def _decision(one: Asked) -> str | None:
    """What is kept of a name: a donor's code, '' for a new one; None where it is as it would be anyway."""
    if one.chosen == OTHER:
        return one.other
    if one.chosen == NEW:
        return "" if one.taken or one.alike else None
    code = one.chosen.removeprefix(IS)
    return None if code == one.taken else code


def _unreadable(stored: StoredUpload, refused: Refused) -> ResponseReturnValue:
    """A file, or a mapping, that cannot be read: the import's page says why."""
    for problem in refused.problems:
        flash(problem_text(problem), "warning")
    return redirect(url_for("imports.show", upload_id=stored.id))


def _page(stored: StoredUpload, asked: list[Asked], donors: Donors, form: RecordForm) -> str:
    open_names = [one for one in asked if one.alike and not one.taken]
    unlike = [one for one in asked if not one.alike and not one.taken]
    taken = [one for one in asked if one.taken]
    ticked = [one for one in open_names if one.chosen and not one.messages]
    return render_template(
        "imports/names.html",
        upload=stored,
        kind="iati" if stored.form == "xml" else "table",
        form=form,
        asked=[one for one in open_names if one not in ticked],
        ticked=ticked,
        unlike=unlike,
        unlike_open=any(one.chosen != NEW or one.messages for one in unlike),
        taken=taken,
        taken_open=any(one.chosen != IS + one.taken or one.messages for one in taken),
        donors=donors,
        choices=sorted(donors.values(), key=lambda donor: donor.name.casefold()),
        whys=_whys(),
        wrong=[one for one in asked if one.messages],
    )


def _whys() -> dict[str, str]:
    """Why a donor is suggested."""
    return {
        "ref": _("the same IATI reference"),
        "words": _("the same telling words"),
        "spelling": _("nearly the same spelling"),
    }
