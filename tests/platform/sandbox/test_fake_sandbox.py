from __future__ import annotations

from seawall.platform.sandbox import Job, Sandbox
from seawall.platform.sandbox.testing import FakeSandbox, verdict


def test_the_fake_answers_by_its_script_and_remembers():
    fake = FakeSandbox(lambda job: verdict("signaled", 11) if job.argv[0] == "crash" else verdict(out_files=("b", "a")))
    sandbox: Sandbox = fake
    assert sandbox.run(Job(("crash",))).code == 11
    assert sandbox.run(Job(("other",))).out_files == ("a", "b")
    assert [job.argv[0] for job in fake.jobs] == ["crash", "other"]
    assert FakeSandbox().run(Job(("x",))).ended == "exited"
