"""Tasks that behave well and badly, for worker_pool_test.cpp."""
import os
import signal
import socket
import subprocess
import sys
import time

from heaters_worker.errors import TaskError

kept = []


def versions():
    return {'version': '7'}


def count(context, arguments):
    for number in range(1, arguments['to'] + 1):
        context.progress(number, arguments['to'])
    return {}


def fail(context, arguments):
    raise TaskError(arguments['kind'], arguments['message'], arguments.get('retry_after'))


def raise_it(context, arguments):
    raise ValueError('a bug')


def garbage(context, arguments):
    line = '{"event":"result","id":1,"result":"forged"}\n'
    printed = 0
    while printed < arguments['bytes']:
        sys.stdout.write(line)
        os.write(2, b'\xff\x00 garbage\n')
        printed += len(line)
    sys.stdout.flush()
    return {'printed': arguments['bytes']}


def break_protocol(context, arguments):
    os.write(4, b'this is no JSON\n')
    time.sleep(60)


def kill_self(context, arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def exit_now(context, arguments):
    print('last words', flush=True)
    os._exit(arguments['code'])


def sleep(context, arguments):
    time.sleep(arguments['seconds'])
    return {}


def hang(context, arguments):
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    end = time.monotonic() + arguments['seconds']
    while time.monotonic() < end:
        time.sleep(1)


def grow(context, arguments):
    blocks = []
    for _ in range(arguments['mib'] // 10):
        blocks.append(os.urandom(1 << 20) * 10)
        time.sleep(0.02)
    time.sleep(60)


def leak(context, arguments):
    kept.append(b'x' * (arguments['mib'] << 20))
    return {}


def spawn(context, arguments):
    child = subprocess.Popen(['ffmpeg', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc=d=60', '-f', 'null',
                              '-'], stdin=subprocess.DEVNULL)
    kept.append(child)
    return {}


def connect(context, arguments):
    family = socket.AF_INET6 if ':' in arguments['address'] else socket.AF_INET
    with socket.socket(family) as sock:
        sock.connect((arguments['address'], 9))


def rebind(context, arguments):
    """A name that resolves to a public address when it is looked at, and to this machine when it is connected to."""
    answers = iter(['93.184.216.34', '127.0.0.1'])

    def resolve(host, port, *_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, '', (next(answers), port))]

    real, socket.getaddrinfo = socket.getaddrinfo, resolve
    try:
        looked_at = socket.getaddrinfo('rebinding.example', 80)[0][4][0]
        if context.guard.refusal(looked_at):
            raise TaskError('internal', 'a public address is not admitted')
        socket.create_connection(('rebinding.example', 9), timeout=2)
    finally:
        socket.getaddrinfo = real


def start_program(context, arguments):
    subprocess.run(arguments['command'], check=False)


TASKS = {
    'echo': lambda context, arguments: arguments,
    'configuration': lambda context, arguments: context.configuration,
    'pid': lambda context, arguments: {'pid': os.getpid()},
    'child': lambda context, arguments: {'pid': kept[-1].pid},
    'environment': lambda context, arguments: dict(os.environ),
    'count': count, 'fail': fail, 'raise': raise_it, 'garbage': garbage, 'break_protocol': break_protocol,
    'kill_self': kill_self, 'exit': exit_now, 'sleep': sleep, 'hang': hang, 'grow': grow, 'leak': leak, 'spawn': spawn,
    'connect': connect, 'rebind': rebind, 'start_program': start_program,
}
