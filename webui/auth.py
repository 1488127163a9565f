"""First visit: make the owner. Later visits: log in, change one's own password."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp, ValidationError

from firmware.people import OWNER_NUMBER, People, Person, hash_secret, secret_fits
from webui.passwords import HASHING, password_fault
from webui.security import Visitor, address, limiter, local_path, look_again, who
from webui.translate import _, _l

bp = Blueprint("auth", __name__)
account = Blueprint("account", __name__, url_prefix="/account")


class _Claimed(Exception):
    """Somebody else was first."""


class NewPassword(FlaskForm):  # type: ignore[misc] # flask_wtf has no types
    """Twice the same password, not one of those that everybody tries first."""

    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Choose a password."))])
    again = PasswordField(
        _l("The same again"), validators=[EqualTo("password", message=_l("The two passwords are not the same."))]
    )

    def validate_password(self, field: PasswordField) -> None:
        """Called by WTForms."""
        if fault := password_fault(field.data or ""):
            raise ValidationError(fault)


class ClaimForm(NewPassword):
    """Who the owner is, and his password."""

    name = StringField(_l("Your name"), validators=[Length(max=40)])
    user = StringField(
        _l("User name"),
        default="owner",
        validators=[Regexp("^[a-z0-9][a-z0-9_-]{0,31}$", message=_l("Small letters and digits, without spaces."))],
        filters=[lambda text: (text or "owner").strip().lower()],
    )


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Who, and his password."""

    user = StringField(_l("User name or number"), validators=[InputRequired(_l("Type your user name or number."))])
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Type the password."))])


class ChangeForm(NewPassword):
    """The old one first: an unlocked screen is not enough."""

    old = PasswordField(_l("Your password until now"), validators=[InputRequired(_l("Type the password."))])

    def validate_old(self, field: PasswordField) -> None:
        """Called by WTForms."""
        with HASHING:
            look_again()
            fits = secret_fits(current_user.person.password_hash, field.data or "")
        if not fits:
            current_app.extensions["callbox"].keep.note(who(), "login_failed", address(), user=who())
            raise ValidationError(_("This is not your password."))


def user_tried() -> str:
    """Wrong passwords are counted for each user, wherever they come from."""
    typed = request.form.get("user", "").strip().lower()[:40]
    person = current_app.extensions["callbox"].people().by_login(typed)
    return f"user {typed if person is None else person.id}"  # whether he is called by name or by number


@bp.route("/claim", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def claim() -> ResponseReturnValue:
    """Makes the owner, once."""
    box = current_app.extensions["callbox"]
    if box.people().claimed:
        return redirect(url_for("auth.login"))
    form = ClaimForm()
    if not form.validate_on_submit():
        return render_template("claim.html", form=form), 400 if request.method == "POST" else 200
    user, name = str(form.user.data), (form.name.data or "").strip() or _("Owner")
    hashed = hash_secret(form.password.data or "")

    def set_once(people: People) -> dict[str, Any]:
        if people.claimed:
            raise _Claimed
        others = [one for one in people.people if one.id != user]
        taken = {one.number for one in others}
        number = next(str(one) for one in range(OWNER_NUMBER, 10_000) if str(one) not in taken)
        return {"people": [Person(id=user, name=name, number=number, role="owner", password_hash=hashed), *others]}

    try:
        owner = box.change(People, set_once, who=user).by_id(user)
    except _Claimed:
        return redirect(url_for("auth.login"))
    box.keep.note(owner.id, "claimed", address())
    return _come_in(owner, url_for("first.page"))


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("5 per minute; 30 per hour", methods=["POST"], deduct_when=lambda response: response.status_code != 302)
@limiter.limit("10 per 15 minutes", key_func=user_tried, methods=["POST"], deduct_when=lambda r: r.status_code != 302)
def login() -> ResponseReturnValue:
    """Wrong passwords are counted for each address and each user; right ones are not."""
    box = current_app.extensions["callbox"]
    if not box.people().claimed:
        return redirect(url_for("auth.claim"))
    form = LoginForm()
    if form.validate_on_submit():
        person = box.people().by_login(form.user.data or "")
        with HASHING:
            look_again()  # of many at once, each was let through before the first was counted
            fits = secret_fits(person.password_hash if person else None, form.password.data or "")
        if fits and person:
            box.keep.note(person.id, "login", address())
            return _come_in(person)
        box.keep.note(person.id if person else "", "login_failed", address(), user=(form.user.data or "")[:40])
        form.password.errors = [_("User name and password do not fit together.")]
    return render_template("login.html", form=form), 400 if request.method == "POST" else 200


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Ends this browser's session, in its other tabs too."""
    box = current_app.extensions["callbox"]
    keep = box.keep
    keep.note(who(), "logout", address())
    keep.end(current_user.id)
    box.hub.wake()
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


@account.route("", methods=["GET", "POST"])
@limiter.limit("5 per minute; 30 per hour", methods=["POST"], deduct_when=lambda response: response.status_code != 302)
def page() -> ResponseReturnValue:
    """One's own password, and where one is logged in."""
    box = current_app.extensions["callbox"]
    form = ChangeForm()
    if form.validate_on_submit():
        hashed = hash_secret(form.password.data or "")
        set_fields(box, current_user.name, password_hash=hashed)
        box.keep.renew(current_user.id, hashed)
        box.keep.end_all(current_user.name, but=current_user.id)
        box.keep.note(who(), "password_changed", address(), person=who())
        flash(_("Your password is changed. Whoever was logged in with the old one elsewhere is out."))
        return redirect(url_for("account.page"))
    sessions = box.keep.sessions(current_user.name)
    status = 400 if request.method == "POST" else 200
    return render_template("account.html", form=form, sessions=sessions), status


@account.post("/leave")
def leave() -> ResponseReturnValue:
    """Ends every other session of one's own."""
    keep = current_app.extensions["callbox"].keep
    keep.end_all(current_user.name, but=current_user.id)
    keep.note(who(), "sessions_ended", address(), person=who())
    flash(_("You are logged in nowhere else now."))
    return redirect(url_for("account.page"))


def set_fields(box: Any, person: str, **fields: Any) -> None:
    """Sets fields of one person, as whoever is logged in."""

    def change(people: People) -> dict[str, Any]:
        return {"people": [one.model_copy(update=fields) if one.id == person else one for one in people.people]}

    box.change(People, change, who=who())


def _come_in(person: Person, to: str | None = None) -> ResponseReturnValue:
    keep = current_app.extensions["callbox"].keep
    if isinstance(now := current_user._get_current_object(), Visitor):
        keep.end(now.id)  # whoever logs in anew leaves no session behind
    session.clear()  # nothing that was in the cookie before the login is worth anything after it
    session.permanent = True
    browser = request.headers.get("User-Agent", "")
    token = keep.begin(person.id, person.password_hash or "", address(), browser)
    login_user(Visitor(token, person))
    return redirect(to or local_path(request.args.get("next")) or url_for("live.page"))
