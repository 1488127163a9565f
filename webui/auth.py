"""First visit: set the administrator's password. Later visits: log in."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from firmware.settings import Settings
from webui.security import Administrator, hasher, limiter, local_path, password_fits
from webui.translate import _, _l

bp = Blueprint("auth", __name__)

LEAST = 8
MOST = 200
GUESSED_FIRST = frozenset(("password", "12345678", "123456789", "1234567890", "87654321", "callbox1", "admin123"))


class _Claimed(Exception):
    """Somebody else was first."""


class ClaimForm(FlaskForm):  # type: ignore[misc] # flask_wtf has no types
    """Twice the same password, not one of those that everybody tries first."""

    password = PasswordField(
        _l("Password"),
        validators=[
            InputRequired(_l("Choose a password.")),
            Length(min=LEAST, max=MOST, message=_l("At least 8 characters.")),
        ],
    )
    again = PasswordField(
        _l("The same again"), validators=[EqualTo("password", message=_l("The two passwords are not the same."))]
    )

    def validate_password(self, field: PasswordField) -> None:
        """Called by WTForms."""
        password = field.data or ""
        if password.lower() in GUESSED_FIRST or len(set(password)) < 3:
            raise ValidationError(_("This one is guessed first. Choose another."))


class LoginForm(FlaskForm):  # type: ignore[misc]
    """One field: there is one administrator."""

    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Type the password."))])


@bp.route("/claim", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def claim() -> ResponseReturnValue:
    """Sets the administrator's password, once."""
    box = current_app.extensions["callbox"]
    if box.settings().admin_password is not None:
        return redirect(url_for("auth.login"))
    form = ClaimForm()
    if not form.validate_on_submit():
        return render_template("claim.html", form=form), 400 if request.method == "POST" else 200
    chosen = hasher.hash(form.password.data or "")

    def set_once(settings: Settings) -> dict[str, Any]:
        if settings.admin_password is not None:
            raise _Claimed
        return {"admin_password": chosen}

    try:
        box.settings_file.change(set_once)
    except _Claimed:
        return redirect(url_for("auth.login"))
    return _come_in(chosen)


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("5 per minute; 30 per hour", methods=["POST"], deduct_when=lambda response: response.status_code != 302)
def login() -> ResponseReturnValue:
    """Wrong passwords are counted per address; right ones are not."""
    settings = current_app.extensions["callbox"].settings()
    if settings.admin_password is None:
        return redirect(url_for("auth.claim"))
    form = LoginForm()
    if form.validate_on_submit():
        if password_fits(settings, form.password.data or ""):
            return _come_in(settings.admin_password)
        form.password.errors = [_("This is not the password.")]
    return render_template("login.html", form=form), 400 if request.method == "POST" else 200


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Ends this browser's session."""
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


def _come_in(password_hash: str) -> ResponseReturnValue:
    session.clear()  # nothing that was in the cookie before the login is worth anything after it
    session.permanent = True
    login_user(Administrator(password_hash))
    return redirect(local_path(request.args.get("next")) or url_for("live.page"))
