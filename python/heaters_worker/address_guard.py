"""Keeps this process from connecting to what the public internet is not.

An audit hook sees every connection that Python code makes, whichever library asks for it, with the address that it is
made to: a name that resolves differently the next time gains nothing. The networks come from the other side, which has
the one table of them. Programs other than ffmpeg and ffprobe on local files are not started: they would connect unseen.
"""
import ipaddress
import os
import socket
import sys
import urllib.parse

PROGRAMS = {'ffmpeg', 'ffprobe'}
STARTS = {'subprocess.Popen', 'os.posix_spawn', 'os.exec', 'os.spawn', 'os.system', 'pty.spawn'}

NOTHING_ALLOWED = [['0.0.0.0/0', 'not for a worker without a guard'], ['::/0', 'not for a worker without a guard']]


class Refused(Exception):
    """Not an OSError: libraries would take it for a network that is down, and try again."""


class ProgramRefused(PermissionError):
    """An OSError: libraries take it for a program that is not installed, and do without."""


class AddressGuard:
    def __init__(self, configuration):
        self.allow_private = configuration.get('allow_private', False)
        parse = ipaddress.ip_network
        self.refused = [(parse(network), what) for network, what in configuration.get('refused', NOTHING_ALLOWED)]
        self.allowed = [parse(network, strict=False) for network in configuration.get('allowed', [])]
        self.embeddings = [(parse(network), offset) for network, offset in configuration.get('embeddings', [])]
        self.proxies = set()  # address and port
        self.last_refusal = None

    def allow_proxy(self, url):
        """The operator's own choice, wherever it is. Names that do not resolve fail later, when they are needed."""
        parts = urllib.parse.urlsplit(url)
        port = parts.port or (443 if parts.scheme == 'https' else 1080 if parts.scheme.startswith('socks') else 80)
        try:
            found = socket.getaddrinfo(parts.hostname, port)
        except OSError:
            return
        self.proxies.update((str(address[0]), address[1]) for *_, address in found)
        self.proxies.add((parts.hostname, port))  # what speaks SOCKS may resolve it by itself

    def check_host(self, url):
        """Behind a proxy, whose address is all that connections show. What does not resolve here is its to judge."""
        try:
            found = socket.getaddrinfo(urllib.parse.urlsplit(url).hostname, None)
        except (OSError, UnicodeError):
            return
        for *_, address in found:
            self.check(str(address[0]))

    def install(self):
        sys.addaudithook(self._hook)

    def refusal(self, address):
        """Why this address, a text, is refused; None when it may be connected to."""
        if self.allow_private:
            return None
        try:
            ip = ipaddress.ip_address(address.split('%')[0])
        except ValueError:
            return 'a name that was not resolved'
        if ip.version == 6 and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        for network, offset in self.embeddings:
            if ip.version == 6 and ip in network:
                ip = ipaddress.ip_address(ip.packed[offset:offset + 4])
        if any(ip.version == network.version and ip in network for network in self.allowed):
            return None
        for network, what in self.refused:
            if ip.version == network.version and ip in network:
                return what
        return None

    def check(self, address, port=None):
        if (address, port) in self.proxies:
            return
        why = self.refusal(address)
        if why:
            self._refuse('%s is %s' % (address, why))

    def _refuse(self, why):
        self.last_refusal = why
        raise Refused('refused: ' + why)

    def _hook(self, event, args):
        if event == 'socket.connect' or event == 'socket.sendto':
            address = args[1]
            if isinstance(address, tuple) and len(address) >= 2:
                self.check(str(address[0]), address[1])
            elif not self.allow_private:
                self._refuse('only internet addresses are connected to')
        elif event == 'urllib.Request' and self.proxies:
            self.check_host(args[0])  # of redirects, too
        elif event in STARTS:
            self._check_program(event, args)

    def _check_program(self, event, args):
        if event not in ('subprocess.Popen', 'os.posix_spawn'):
            raise ProgramRefused('no program is started by ' + event)
        program, arguments = args[0], args[1]
        if isinstance(arguments, (str, bytes)) or os.path.basename(os.fsdecode(program)) not in PROGRAMS:
            raise ProgramRefused('%s is not started' % program)
        if any('://' in os.fsdecode(argument) for argument in arguments):
            self._refuse('%s would open an address by itself' % program)
