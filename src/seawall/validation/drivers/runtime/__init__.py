"""Programs that run *inside* the sandbox, in the process of the hostile code. Standard library only.

They belong to the verifier but are within the finder's reach once the target runs the finder's code. So nothing that
they say makes an effect appear: effects are judged outside, by oracles. This folder is mounted read-only into each run.
"""
