from __future__ import annotations

from seawall.validation.environments.sources import PipSettings


def test_nothing_configured() -> None:
    assert PipSettings.parse("") == PipSettings()


def test_a_variable_goes_before_the_command_and_the_command_before_the_rest() -> None:
    lines = (
        ":env:.index-url='https://env.example/simple'",
        "download.index-url='https://download.example/simple'",
        "global.index-url='https://global.example/simple'",
        "install.index-url='https://install.example/simple'",
        "download.cert='/download.pem'",
        "global.cert='/global.pem'",
    )
    settings = PipSettings.parse("\n".join(lines))
    assert settings.index_url == "https://env.example/simple"
    assert settings.certificates == "/download.pem"


def test_lists_and_switches() -> None:
    lines = (
        "global.extra-index-url='https://a.example https://b.example'",
        "global.find_links='/wheels\\n/more'",
        ":env:.no-index='1'",
        "global.trusted-host='a.example'",
        "global.proxy='http://proxy.example:3128'",
    )
    assert PipSettings.parse("\n".join(lines)) == PipSettings(
        extra_index_urls=("https://a.example", "https://b.example"),
        find_links=("/wheels", "/more"),
        no_index=True,
        trusted_hosts=("a.example",),
        proxy="http://proxy.example:3128",
    )
