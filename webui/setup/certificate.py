"""Setup, Certificate: by what browsers know the box, and the owner's own."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui.certificates import CertificateError, Certificates
from webui.security import address, who
from webui.setup.registry import LinkPage
from webui.translate import _, _l
from webui.words import exact

bp = Blueprint("certificate", __name__, url_prefix="/setup/certificate")
MOST = 32 * 1024

WHY: dict[str, Any] = {
    "no_certificate": _l("There is no certificate in it. It begins with “-----BEGIN CERTIFICATE-----”."),
    "no_key": _l("There is no private key in it that can be read without a password."),
    "other_key": _l("The key does not belong to the certificate, which must come first, before its chain."),
    "not_now": _l("The certificate is not valid today."),
}


@bp.route("", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """What there is; takes the owner's."""
    box = current_app.extensions["callbox"]
    fault = ""
    if request.method == "POST":
        file = request.files.get("file")
        text = (file.read(MOST) if file else b"") + request.form.get("text", "")[:MOST].encode()
        try:
            put = box.certificates.put(text)
        except CertificateError as error:
            fault = str(WHY[error.why])
        else:
            box.keep.note(who(), "certificate_set", address(), names=", ".join(put.names))
            flash(_("The page uses this certificate from now on."))
            return redirect(url_for("certificate.page"))
    box.certificates.ensure()
    return render_template("certificate.html", one=box.certificates.shown(), fault=fault), 422 if fault else 200


@bp.post("/remove")
def remove() -> ResponseReturnValue:
    """Back to the self-made one."""
    box = current_app.extensions["callbox"]
    box.certificates.remove()
    box.keep.note(who(), "certificate_removed", address())
    flash(_("The page uses the certificate that the box has made."))
    return redirect(url_for("certificate.page"))


def _state() -> str:
    certificates: Certificates = current_app.extensions["callbox"].certificates
    if not certificates.path.exists():
        return _("none yet: nobody but this machine can reach the page")
    one = certificates.shown()
    words = _("your own") if one.own else _("made by the box")
    return _("%(which)s, until %(until)s", which=words, until=exact(one.until.timestamp()))


PAGE = LinkPage(
    name="certificate",
    title=_l("Certificate"),
    sentence=_l("By what browsers know that it is this box."),
    endpoint="certificate.page",
    state=_state,
)
