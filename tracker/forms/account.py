"""Forms of one's own login: password, second factor, a link that was asked for."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from tracker.forms import _

CODE_FIELD = _("Code")


class CodeForm(FlaskForm):
    """The second step of signing in."""

    code = StringField(CODE_FIELD, description=_("Six digits of the app, or one of your recovery codes"))


class ConfirmForm(FlaskForm):
    """The first code of a second factor that is being set up."""

    code = StringField(CODE_FIELD, description=_("The six digits that the app shows now"))


class ProofForm(FlaskForm):
    """Who it is, once more, before something of the second factor changes."""

    password = PasswordField(_("Password"))
    code = StringField(CODE_FIELD, description=_("Six digits of the app, or one of your recovery codes"))


class OwnPasswordForm(FlaskForm):
    """The old password and the new one."""

    old = PasswordField(_("Old password"))
    password = PasswordField(_("New password"))


class ForgottenForm(FlaskForm):
    """Whose password was forgotten."""

    email = StringField(_("E-mail"))
