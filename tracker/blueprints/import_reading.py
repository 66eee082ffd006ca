"""An upload as its steps read it: its sheets, and the names in it. Nothing is planned or written here."""

from flask import abort
from flask_babel import gettext as _

from tracker.access import programme, today
from tracker.domain.entries import DonorEntry
from tracker.domain.naming import DonorNames
from tracker.domain.register import Register
from tracker.extensions import db
from tracker.importing.flows import Named, bring
from tracker.queries.register import load_register
from tracker.queries.uploads import StoredUpload, upload
from tracker.services import uploads as services
from tracker.services.uploads import Opened, Said


def found(upload_id: int) -> StoredUpload:
    """The upload; 404 where there is none."""
    return upload(db.session(), programme().id, upload_id) or abort(404)


def opened(stored: StoredUpload) -> Opened:
    """What is in an upload. Raises `Refused` where it cannot be read."""
    return services.open_upload(db.session(), programme().id, stored)


def register() -> Register:
    """What is on record."""
    return load_register(db.session(), programme().id, today())


def names_in(stored: StoredUpload, said: Said) -> list[Named]:
    """The donors' names of a file as they are taken before anybody has said anything of them."""
    return bring(said.foreign, register(), file=stored.file_name, prefix=said.prefix).names


def undecided(stored: StoredUpload, said: Said) -> bool:
    """Whether a name in a file may mean a donor on record, and nobody has said whether it does."""
    return any(one.new and one.alike and one.party.name not in stored.names for one in names_in(stored, said))


def reason(name: str, iati_ref: str, donor: DonorEntry) -> str:
    """Why a name was taken for a donor's."""
    if DonorNames([DonorEntry(donor.code, donor.name)]).find(name):
        return _("its name or its code")
    if DonorNames([donor]).find(name):
        return _("another name it is known by")
    if iati_ref.strip():
        return _("its IATI reference %(ref)s", ref=iati_ref)
    return _("the mapping says so")
