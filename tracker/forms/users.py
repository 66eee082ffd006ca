"""Forms of the logins: a new one, and its role."""

from typing import ClassVar

from wtforms import StringField

from tracker.forms import KeptSelect, RecordForm, _


class RoleForm(RecordForm):
    """What somebody may do; a contributor's login belongs to one donor."""

    columns: ClassVar[tuple[str, ...]] = ("role", "donor")

    role = KeptSelect(_("Role"))
    donor = KeptSelect(_("Donor"), description=_("For the role contributor alone: whose records they see"))


class UserForm(RoleForm):
    """A new login."""

    columns = ("email", "name", "role", "donor")

    email = StringField(_("E-mail"), description=_("What they sign in with"))
    name = StringField(_("Name"), description=_("As the history of records names them"))


class ActionForm(RecordForm):
    """One button: disable, enable, reset."""
