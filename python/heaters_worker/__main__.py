"""python3 -m heaters_worker TASKS...: serves the tasks of the modules that are named until its commands end."""
import importlib
import os
import platform
import queue
import signal
import sys
import threading

from .address_guard import AddressGuard
from .channel import Channel
from .errors import Cancelled, TaskError

PROTOCOL = 1


class Context:
    """What a task has besides its arguments."""

    def __init__(self, worker, command_id):
        self._worker = worker
        self._id = command_id
        self.guard = worker.guard
        self.configuration = worker.configuration

    def progress(self, done, total=None, speed=None, eta=None):
        self.stop_if_cancelled()
        self._worker.channel.send('progress', id=self._id, bytes=done, total=total, speed=speed, eta=eta)

    def log(self, level, message):
        self._worker.channel.send('log', id=self._id, level=level, message=message)

    def stop_if_cancelled(self):
        if self._worker.cancelled == self._id:
            raise Cancelled()


class Worker:
    def __init__(self, modules):
        self.channel = Channel()
        self.commands = queue.Queue()
        self.current = None    # id of the command that runs
        self.cancelled = None  # id of the last one that is not wanted any more
        self.main_thread = threading.main_thread().ident
        signal.signal(signal.SIGUSR1, self._interrupt)
        self.configuration = (self.channel.receive() or {}).get('configure', {})
        # Before anything is imported.
        self.guard = AddressGuard(self.configuration.get('guard', {}))
        if self.configuration.get('proxy'):
            self.guard.allow_proxy(self.configuration['proxy'])
        self.guard.install()
        self.tasks, versions = load_tasks(modules)
        threading.Thread(target=self._listen, daemon=True).start()
        self.channel.send('hello', protocol=PROTOCOL, python=platform.python_version(), pid=os.getpid(), tasks=versions)

    def _listen(self):
        """Commands come in while one runs: a cancellation is for that one."""
        while True:
            command = self.channel.receive()
            if command is None:
                break
            if 'cancel' in command:
                self.cancelled = command['cancel']
                # Ends a wait for the network, too.
                if self.current == self.cancelled:
                    signal.pthread_kill(self.main_thread, signal.SIGUSR1)
            else:
                self.commands.put(command)
        if self.current is None:
            self.commands.put(None)
            return
        # Nobody wants what still runs, nor what it has started.
        os.killpg(0, signal.SIGKILL)

    def _interrupt(self, *_):
        if self.current is not None and self.current == self.cancelled:
            raise Cancelled()

    def serve(self):
        while True:
            command = self.commands.get()
            if command is None:
                return
            self.cancelled = None
            self.current = command['id']
            try:
                self._run(command)
            finally:
                self.current = None

    def _run(self, command):
        channel, command_id = self.channel, command['id']
        self.guard.last_refusal = None
        channel.send('started', id=command_id)
        try:
            task = self.tasks.get(command.get('task'))
            if task is None:
                raise TaskError('unsupported', 'there is no task "%s"' % command.get('task'))
            result = task(Context(self, command_id), command.get('arguments', {}))
            self.current = None  # from here on it cannot be interrupted
            channel.send('result', id=command_id, result=result)
        except Cancelled:
            self.current = None
            channel.send('error', id=command_id, kind='cancelled', message='cancelled')
        except TaskError as error:
            more = {} if error.retry_after is None else {'retry_after': error.retry_after}
            channel.send('error', id=command_id, kind=error.kind, message=str(error), **more)
        except MemoryError:
            channel.send('error', id=command_id, kind='exhausted', message='out of memory')
        except Exception as error:  # a bug, of ours or of a library: told, and tried again
            channel.send('error', id=command_id, kind='internal', message='%s: %s' % (type(error).__name__, error))


def load_tasks(modules):
    tasks, versions = {}, {}
    for name in modules:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            versions[name] = {'error': str(error)}
            continue
        tasks.update(module.TASKS)
        versions[name] = module.versions()
    return tasks, versions


if __name__ == '__main__':
    Worker(sys.argv[1:]).serve()
