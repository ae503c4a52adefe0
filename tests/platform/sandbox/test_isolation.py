"""What a job cannot see, reach or change."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from seawall.platform.sandbox import Job, Mount
from seawall.platform.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.sandbox


def test_there_is_no_network_but_loopback(python):
    code = """
import errno, socket
for family, address in ((socket.AF_INET, ('1.1.1.1', 53)), (socket.AF_INET6, ('2606:4700:4700::1111', 53))):
    with socket.socket(family) as s:
        s.settimeout(3)
        try:
            s.connect(address)
            print('connected')
        except OSError as error:
            print(errno.errorcode[error.errno])
print([name for _, name in socket.if_nameindex()])
server = socket.create_server(('localhost', 0))
client = socket.create_connection(server.getsockname())
server.accept()[0].sendall(b'hello')
print(client.recv(5))
"""
    assert python(code).stdout.splitlines() == [b"ENETUNREACH", b"ENETUNREACH", b"['lo']", b"b'hello'"]


def test_the_hypervisor_and_other_families_are_out_of_reach(python):
    code = """
import errno, socket
for family, protocol in ((40, 0), (38, 0), (17, 0), (16, 15)):  # VSOCK, ALG, PACKET, NETLINK_KOBJECT_UEVENT
    try:
        socket.socket(family, socket.SOCK_STREAM, protocol)
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
    assert python(code).stdout.split() == [b"EAFNOSUPPORT"] * 4


def test_a_hosts_listener_is_out_of_reach(python, socket_enabled):
    import socket  # noqa: PLC0415 - sockets are off in this suite except where a test asks for them

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        verdict = python(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)")
    assert b"ConnectionRefusedError" in verdict.stderr


def test_nothing_outside_its_own_folders_can_be_written(python):
    code = """
import os
for folder in ('', '/usr', '/usr/bin', '/etc', '/w', '/w/in', '/w/vault', '/dev', '/proc', '/proc/sys/vm', '/root'):
    try:
        open(folder + '/written', 'w')
        print('written', folder)
    except OSError:
        pass
system = '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/self/oom_score_adj'
for path in ('/w/in/data', '/w/vault/secret', '/usr/bin/env', *system):
    try:
        open(path, 'r+b')  # writing would change this very machine if it were possible
        print('open', path)
    except OSError:
        pass
    try:
        os.unlink(path)
        print('removed', path)
    except OSError:
        pass
for folder in ('/w/box', '/w/out', '/tmp', '/dev/shm'):
    open(folder + '/mine', 'w').write('x')
print('end')
"""
    assert python(code, files={"data": b"x"}, secret="s").stdout == b"end\n"


def test_the_host_is_not_visible(python, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("host secret")
    monkeypatch.setenv("HOST_SECRET", "host secret")
    code = f"""
import os
print(sorted(os.listdir('/')), sorted(os.listdir('/etc')))
hidden = ({str(tmp_path)!r}, '/home', '/var', '/run', '/sys', '/mnt', '/work', '/root/.ssh', '/etc/shadow',
    '/etc/hostname', '/root/.bashrc', '/dev/kmsg', '/dev/vda', '/dev/tty')
print([path for path in hidden if os.path.exists(path)])
print(sorted(os.environ))
print('HOST_SECRET' in open('/proc/1/cmdline').read())
print([name for name in os.listdir('/proc') if name.isdigit() and int(name) > 2])
print(os.uname().nodename, os.getuid(), os.getgid(), os.getgroups(), os.getcwd())
"""
    lines = python(code).stdout.decode().splitlines()
    top = {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr", "w"}
    seen, etc = eval(lines[0].replace("] [", "], ["))
    assert set(seen) <= top | {Path(os.path.realpath(os.__file__)).parts[1]}
    assert set(etc) <= {"alternatives", "group", "hosts", "ld.so.cache", "passwd"}
    assert lines[1:] == [
        "[]",
        "['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ']",
        "False",
        "[]",
        "sandbox 1000 1000 [] /w/box" if "[]" in lines[5] else "sandbox 1000 1000 [1000] /w/box",
    ]


def test_a_job_has_no_rights_and_gains_none(python):
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
print([int(status[name], 16) for name in ('CapPrm', 'CapEff', 'CapAmb')])
print(status['NoNewPrivs'].strip(), status['Seccomp'].strip())
def refused(name, result):
    print(name, result < 0)
refused('mount', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))
refused('umount', libc.umount2(b'/w/in', 2))
for flag in (0x10000000, 0x20000000, 0x00020000, 0x40000000):
    refused('unshare', libc.unshare(flag))
refused('clone', libc.syscall(56 if os.uname().machine == 'x86_64' else 220, 0x10000000 | 17, 0, 0, 0, 0))
refused('chroot', libc.chroot(b'/tmp'))
refused('hostname', libc.sethostname(b'x', 1))
refused('setuid', libc.setuid(0))
refused('setgid', libc.setgid(0))
refused('ptrace', libc.ptrace(0, 0, 0, 0))
for call in (lambda: os.chown('/tmp', 0, 0), lambda: os.mknod('/tmp/disk', 0o60600, os.makedev(254, 0))):
    try:
        call()
        print('done')
    except OSError:
        pass
"""
    lines = python(code).stdout.decode().splitlines()
    assert lines[:2] == ["[0, 0, 0]", "1 2"]
    assert len(lines) == 14
    assert all(line.endswith("True") for line in lines[2:]), lines


def test_a_set_user_id_program_gives_nothing(sandbox: BubblewrapSandbox):
    verdict = sandbox.run(Job(("sh", "-c", "cd /w/box; cp /usr/bin/id .; chmod 6755 id; ./id -u; su -c id; exit 0")))
    assert verdict.stdout.strip() == b"1000"


def test_root_jobs_belong_to_nobody_outside(sandbox: BubblewrapSandbox, python):
    if not sandbox.check().own_user:
        pytest.skip("only root gives a job a user of its own")
    lines = python("print(open('/proc/self/uid_map').read()); import time; time.sleep(0)").stdout.split()
    assert lines[0:3] == [b"0", b"0", b"1"]
    assert lines[3] == b"1000"
    assert int(lines[4]) > 65535


def test_mounts_are_read_only_and_files_of_root_stay_readable(sandbox: BubblewrapSandbox, python, tmp_path):
    # 0700, as `mkdtemp` makes it: no other user may read it, the job may, because it is a mount.
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    (folder / "data").write_text("mounted")
    (folder / "data").chmod(0o600)
    code = """
print(open('/srv/deep/env/data').read())
for action in [lambda path=path: open('/srv/' + path, 'w') for path in ('deep/env/new', 'deep/env/data', 'new')]:
    try:
        action()
        print('written')
    except OSError:
        pass
"""
    code += "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')])"
    verdict = python(code, mounts=(Mount(folder, "/srv/deep/env"),))
    # Where the job is another user than root, reading takes a capability: this one and no other.
    rights = 1 << 2 if sandbox.check().own_user else 0
    assert verdict.stdout.decode() == f"mounted\n['{rights:016x}']\n", verdict.stderr
    assert (folder / "data").read_text() == "mounted"


def test_a_build_writes_its_result_to_the_host(python, tmp_path):
    result = tmp_path / "result"
    result.mkdir()
    (result / "old").write_text("old")
    code = """
import os
os.makedirs('/w/result/lib')
open('/w/result/lib/new', 'w').write('new')
open('/w/result/old', 'a').write('er')
os.symlink('/etc/passwd', '/w/result/link')
os.chmod('/w/result/lib/new', 0o4755)
"""
    verdict = python(code, writable=(Mount(result, "/w/result"),))
    assert (verdict.ended, verdict.code) == ("exited", 0), verdict.stderr
    assert (result / "lib" / "new").read_text() == "new"
    assert (result / "old").read_text() == "older"
    for path in (result, result / "old", result / "lib", result / "lib" / "new", result / "link"):
        assert path.lstat().st_uid == os.geteuid()
    assert not (result / "lib" / "new").stat().st_mode & 0o6000
    assert Path("/etc/passwd").stat().st_uid == 0


def test_the_network_mode_shares_the_hosts_network(python, socket_enabled):
    import socket  # noqa: PLC0415 - as above

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = (
            f"import os, socket; socket.create_connection(('127.0.0.1', {port}), 2); print('reached');"
            "print(os.path.exists('/etc/resolv.conf'))"
        )
        lines = python(code, network=True).stdout.split()
    assert lines == [b"reached", str(Path("/etc/resolv.conf").exists()).encode()]


def test_the_capability_to_read_opens_nothing_of_the_supervisor(sandbox: BubblewrapSandbox, python, tmp_path):
    code = """
import os
for action in (lambda: open('/proc/1/environ').read(), lambda: open('/proc/1/mem', 'rb'), lambda: os.kill(1, 9),
    lambda: os.open('/proc/1/fd/1', os.O_WRONLY), lambda: os.listdir('/proc/1/root')):
    try:
        action()
        print('reached')
    except OSError:
        pass
print('end')
"""
    if sandbox.check().own_user:
        verdict = python(code, mounts=(Mount(tmp_path, "/srv/closed"),))
        assert (verdict.stdout, verdict.ended) == (b"end\n", "exited")


def test_what_every_job_has_may_be_mounted_again(python):
    prefix = os.path.realpath(sys.base_prefix)
    folders = ("/usr/lib",) if prefix == "/usr" else ("/usr/lib", prefix)
    again = tuple(Mount(Path(folder), folder) for folder in folders)
    verdict = python("import json, sys; print(sys.base_prefix)", mounts=again)
    assert verdict.stdout.decode().strip() == sys.base_prefix, verdict.stderr
