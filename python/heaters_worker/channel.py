"""The two private pipes: a JSON object per line, commands in, events out."""
import json
import os
import threading

COMMANDS = 3
EVENTS = 4


class Channel:
    """Thread-safe for sending; one thread receives."""

    def __init__(self):
        # Not for what is started from here: a child that kept one open would keep the other side waiting.
        os.set_inheritable(COMMANDS, False)
        os.set_inheritable(EVENTS, False)
        self._commands = os.fdopen(COMMANDS, 'rb')
        self._lock = threading.Lock()

    def receive(self):
        """The next command, None at the end."""
        line = self._commands.readline()
        return json.loads(line) if line else None

    def send(self, event, **members):
        line = json.dumps({'event': event, **members}, ensure_ascii=True, default=str).encode() + b'\n'
        with self._lock:
            while line:
                line = line[os.write(EVENTS, line):]
