"""The supervisord configuration of a process node.

It holds no fact of the node: every path is relative to the folder that the file lies in, so no name or folder needs
quoting, and two nodes of one role have the same file.

Each program is started through `setpriv --pdeathsig KILL` (prctl(2), PR_SET_PDEATHSIG), so that it ends with its
supervisor even when that is killed with SIGKILL and can stop nothing itself.
"""

from __future__ import annotations

# Longest a worker may take to write a checkpoint: torchrun itself gives its ranks 30 s between TERM and KILL.
WORKER_STOP_SECONDS = 40
OTHER_STOP_SECONDS = 10

# supervisord binds <socket>.<its pid> and links it to the name, and a socket's address holds at most 107 bytes
# (unix(7): sun_path is 108 with its closing zero byte).
SOCKET = "supervisord.sock"
MAX_SOCKET_PATH_BYTES = 107 - len(".4194304")

_SUPERVISOR = """\
[unix_http_server]
file=%(here)s/supervisord.sock
chmod=0700

[supervisorctl]
serverurl=unix://%(here)s/supervisord.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
nodaemon=true
silent=true
logfile=%(here)s/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile=%(here)s/supervisord.pid
childlogdir=%(here)s/log
"""

# Programs are stopped in the reverse order of their priority, one after the other: the worker first.
_PROGRAM = """
[program:{name}]
command=setpriv --pdeathsig KILL bash {script}
directory=%(here)s
umask=077
priority={priority}
autostart={autostart}
autorestart={autorestart}
exitcodes=0
startsecs={startsecs}
startretries=100
stopsignal=TERM
stopasgroup=true
killasgroup=true
stopwaitsecs={stopwaitsecs}
redirect_stderr=true
stdout_logfile=%(here)s/log/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""

_AGENT = _PROGRAM.format(
    name="agent",
    script="user-data.sh",
    priority=1,
    autostart="true",
    autorestart="true",
    startsecs=1,
    stopwaitsecs=OTHER_STOP_SECONDS,
)
_RENDEZVOUS = _PROGRAM.format(
    name="rendezvous",
    script="current/job/rendezvous.sh",
    priority=2,
    autostart="false",
    autorestart="true",
    startsecs=1,
    stopwaitsecs=OTHER_STOP_SECONDS,
)
_WORKER = _PROGRAM.format(
    name="worker",
    script="current/job/worker.sh",
    priority=3,
    autostart="false",
    autorestart="unexpected",
    startsecs=0,
    stopwaitsecs=WORKER_STOP_SECONDS,
)

_PROGRAMS = {"head": (_AGENT, _RENDEZVOUS), "compute": (_AGENT, _WORKER)}

# What a whole supervisor may take to stop: its programs one after the other, and some seconds of its own.
STOP_SECONDS = WORKER_STOP_SECONDS + 2 * OTHER_STOP_SECONDS


def render(role: str) -> str:
    """The configuration file of a node of `role`, "head" or "compute"."""
    return _SUPERVISOR + "".join(_PROGRAMS[role])
