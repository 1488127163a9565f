"""A technician looks at a line in a browser: live level, news, the report as it grows; nothing keeps people out."""

import pytest

from tests.webui.fakebox import FakeBox, Served
from tests.webui.test_browser import Person
from tests.webui.test_doctor import ID, report

WORDS = {"en-US": "Hum of 50 Hz", "zh-CN": "50 Hz 及其谐波的嗡声"}


@pytest.mark.parametrize("language", WORDS)
def test_a_line_is_examined_and_its_report_read(served: Served, box: FakeBox, language: str) -> None:
    box.answers["doctor.reports"] = {"reports": [report()]}
    box.answers["doctor.report"] = report()
    person = Person(served, language)
    try:
        person.claims()
        person.browser.get(f"{person.url.rstrip('/')}/doctor/line/3")
        person.sees("o-rx", "-64.2 dBm0")
        person.browser.find_element("css selector", '[data-doctor="examine"]').click()
        person.waits("the box is asked", lambda: any(name == "doctor.examine" for name, _ in box.asked))
        box.answers["doctor.look"] |= {"job": report(), "rx": -13.0}
        person.sees("doctor-job", WORDS[language])
        person.sees("o-rx", "-13.0 dBm0")
        assert person.barriers() == [] and person.complaints() == []
        person.browser.get(f"{person.url.rstrip('/')}/doctor/report/{ID}")
        assert WORDS[language] in person.browser.find_element("id", "main").text
        assert person.barriers() == []
    finally:
        person.browser.quit()
