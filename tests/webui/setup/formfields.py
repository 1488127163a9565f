"""What a browser would send if somebody pressed Save without touching anything."""

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class Form(HTMLParser):
    """Reads the controls of the page's form, and what is said beside each."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: MultiDict[str, str] = MultiDict()
        self.faults: dict[str, str] = {}
        self._inside = False
        self._select = self._area = self._fault = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collects values."""
        found = dict(attributes)
        name, kind = found.get("name") or "", found.get("type") or "text"
        classes = (found.get("class") or "").split()
        if tag == "form":
            self._inside = "setup-form" in classes
        elif "says" in classes and "bad" in classes:
            self._fault = (found.get("id") or "").removeprefix("says-")
        elif not self._inside:
            return
        elif tag == "input" and (kind not in ("checkbox", "radio") or "checked" in found):
            self.sent.add(name, found.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in found or self._select not in self.sent):
            self.sent[self._select] = found.get("value") or ""
        elif tag == "textarea":
            self._area = name
            self.sent[name] = ""

    def handle_endtag(self, tag: str) -> None:
        """Ends what was begun."""
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """Text of a text area, or of a fault."""
        if self._area:
            self.sent[self._area] += data
        elif self._fault:
            self.faults[self._fault] = data
            self._fault = ""


def read(text: str) -> Form:
    """The form of a page."""
    form = Form()
    form.feed(text)
    return form
