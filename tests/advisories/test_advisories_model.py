from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.advisories.examples import NOW, advisory

from seawall.advisories import AdvisoryProduct, Revision
from seawall.kernel.errors import InvalidInputError


def test_version_has_one_status() -> None:
    with pytest.raises(InvalidInputError) as caught:
        AdvisoryProduct("pkg:pypi/rocket", affected=("1.0",), fixed=("1.0",))
    assert caught.value.code == "advisories.contradicting-versions"


def test_package_is_named_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        advisory(products=(AdvisoryProduct("pkg:pypi/rocket"), AdvisoryProduct("pkg:pypi/rocket")))
    assert caught.value.code == "advisories.repeated-package"


@pytest.mark.parametrize(
    "revisions",
    [
        (),
        (Revision(2, NOW, ""),),
        (Revision(1, NOW, ""), Revision(3, NOW + timedelta(1), "")),
        (Revision(1, NOW, ""), Revision(2, NOW, "")),
    ],
)
def test_history_is_whole_and_rises(revisions: tuple[Revision, ...]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        advisory(revisions=revisions)
    assert caught.value.code == "advisories.broken-history"


def test_content_digest_is_of_the_content_alone() -> None:
    made = advisory()
    assert (
        replace(made, revisions=(Revision(1, NOW + timedelta(9), "Other."),)).content_digest() == made.content_digest()
    )
    assert replace(made, title="Other").content_digest() != made.content_digest()
    assert made.content_digest("Publisher") != made.content_digest()
