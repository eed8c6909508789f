"""Fetches a video by yt-dlp, and lists what a page or a playlist holds."""
import contextlib
import errno
import gc
import os
import re
import shutil
import sys
import tempfile
import time

# Without them every connection is Python's own, and so seen by the guard.
for name in ('curl_cffi', 'websockets', 'requests'):
    sys.modules[name] = None
os.environ['YTDLP_NO_PLUGINS'] = '1'

import yt_dlp  # noqa: E402
from yt_dlp import utils  # noqa: E402

from .errors import Cancelled, TaskError  # noqa: E402

REQUIREMENTS = os.path.join(os.path.dirname(__file__), '..', 'requirements.txt')
PROGRESS_INTERVAL = 0.25

# What sites and yt-dlp say, in words; the first that fits counts. Anything else that yt-dlp expects is unsupported.
MESSAGES = (
    ('unavailable', r'rate.?limit|try again later|not a bot|ffmpeg|temporarily|too many requests'),
    ('not_found', r'private video|video unavailable|removed|deleted|does not exist|no longer available|not found'
                  r'|no video formats found|been terminated'),
    ('invalid_input', r'sign in|log ?in|registered users|your age|age.restricted|members.only|premium|cookies'),
    ('unsupported', r'drm protected|not available (from|in) your|geo.?restrict|unsupported url|requested format'),
)


def versions():
    with open(REQUIREMENTS, encoding='utf-8') as file:
        pinned = re.search(r'^yt-dlp==([0-9.]+)', file.read(), re.MULTILINE)
    return {'yt_dlp': plain_version(yt_dlp.version.__version__), 'pinned': plain_version(pinned.group(1))}


def plain_version(text):
    """2025.06.30, as yt-dlp writes it, is 2025.6.30 for pip."""
    return '.'.join(str(int(part)) for part in text.split('.'))


class TooLarge(utils.DownloadCancelled):
    pass


class Logger:
    def __init__(self, context):
        self._context = context

    def debug(self, message):
        # Raised from here a cancellation comes through extraction, too.
        self._context.stop_if_cancelled()
        self._context.log('debug', message)

    info = debug

    def warning(self, message):
        self._context.log('warning', message)

    def error(self, message):
        self._context.log('debug', message)  # becomes the command's own error


class Downloader(yt_dlp.YoutubeDL):
    """Keeps the headers of the last answer that was a failure: yt-dlp's own errors may have lost them."""

    def __init__(self, context, options):
        self._context = context
        self.last_headers = None
        super().__init__(options)

    def urlopen(self, request):
        self._context.stop_if_cancelled()
        try:
            return super().urlopen(request)
        except Exception as error:
            status, headers = status_of(error)
            if status:
                self.last_headers = headers
            raise


def base_options(configuration):
    """The same for every command of this worker: built once."""
    options = {
        # The best there is, as it is: nothing is encoded again.
        'format': 'bv*+ba/b',
        'merge_output_format': 'mp4/mkv',
        'quiet': True,
        'noprogress': True,
        'color': 'never',
        'no_color': True,
        'cachedir': False,
        'retries': 3,
        'fragment_retries': 5,
        'extractor_retries': 1,
        'socket_timeout': 20,
        'hls_prefer_native': True,
        'overwrites': True,
        'noplaylist': True,
        'playlist_items': '1',
        'restrictfilenames': True,
        'outtmpl': {'default': 'source.%(ext)s'},
        'proxy': configuration.get('proxy') or '',  # not what the environment says
        'usenetrc': False,
    }
    for name, option in (('rate_limit', 'ratelimit'), ('most_bytes', 'max_filesize')):
        if configuration.get(name):
            options[option] = configuration[name]
    if configuration.get('extractor_args'):
        options['extractor_args'] = parse_extractor_args(configuration['extractor_args'])
    if configuration.get('max_height'):
        # The largest that is not larger; when all are, the smallest.
        options['format_sort'] = ['res:%d' % configuration['max_height']]
    return options


def parse_extractor_args(texts):
    """"youtube:player_client=web,tv;lang=en" as yt-dlp's program reads it, into what its library wants."""
    parsed = {}
    for text in texts:
        extractor, _, members = text.partition(':')
        for member in members.split(';'):
            key, _, values = member.partition('=')
            parsed.setdefault(extractor.strip().lower(), {})[key.strip().lower().replace('-', '_')] = [
                value.replace(r'\,', ',').strip() for value in re.split(r'(?<!\\),', values)]
    return parsed


_base = None


def options_for(context, folder):
    global _base
    if _base is None:
        _base = base_options(context.configuration)
    options = dict(_base, logger=Logger(context))
    if folder:
        options['paths'] = {'home': folder, 'temp': folder}
    cookies = context.configuration.get('cookies')
    if cookies:
        # yt-dlp writes the file again at its end: a copy of its own, which nobody else may read.
        handle, options['cookiefile'] = tempfile.mkstemp(dir=folder)
        os.close(handle)
        shutil.copyfile(cookies, options['cookiefile'])
    return options


def progress_hook(context, most_bytes):
    told = 0
    finished = 0  # of the parts before this one: picture, then sound

    def hook(status):
        nonlocal told, finished
        context.stop_if_cancelled()
        done = finished + (status.get('downloaded_bytes') or 0)
        total = status.get('total_bytes') or status.get('total_bytes_estimate')
        if most_bytes and done > most_bytes:
            raise TooLarge('it is larger than the %d bytes that may be taken in' % most_bytes)
        if status['status'] == 'finished':
            finished = done
        if status['status'] == 'finished' or time.monotonic() - told > PROGRESS_INTERVAL:
            told = time.monotonic()
            context.progress(done, total and finished + total if status['status'] != 'finished' else done,
                             status.get('speed'), status.get('eta'))
    return hook


def download(context, arguments):
    url, folder = arguments['url'], arguments['folder']
    most_bytes = context.configuration.get('most_bytes')
    options = options_for(context, folder)
    options['progress_hooks'] = [progress_hook(context, most_bytes)]
    info = extract(context, options, url, True)
    if info.get('entries') is not None:
        entries = [entry for entry in info['entries'] if entry]
        if not entries:
            raise TaskError('not_found', 'there is no video in it')
        info = entries[0]
    path = next((part.get('filepath') for part in info.get('requested_downloads') or []), None)
    if not path or not os.path.exists(path):
        # yt-dlp only says so when a file is larger than it may be.
        raise TaskError('invalid_input', 'it is larger than the bytes that may be taken in'
                        if most_bytes else 'nothing was downloaded')
    return dict(describe(info), path=path)


def describe(info):
    chosen = info.get('requested_formats') or [info]
    return {
        'title': info.get('title'),
        'uploader': info.get('uploader') or info.get('channel'),
        'webpage_url': info.get('webpage_url'),
        'extractor': info.get('extractor_key') or info.get('extractor'),
        'id': info.get('id'),
        'duration': info.get('duration'),
        'formats': [{key: each.get(key) for key in ('format_id', 'ext', 'protocol', 'vcodec', 'acodec', 'width',
                                                    'height', 'fps', 'tbr')} for each in chosen],
        'height': info.get('height'),
        'best_height': max((each.get('height') or 0 for each in info.get('formats') or [info]
                            if each.get('vcodec') != 'none'), default=0) or None,
        'yt_dlp': plain_version(yt_dlp.version.__version__),
    }


def list_entries(context, arguments):
    """The videos of a playlist, in its order, without fetching any."""
    options = options_for(context, None)
    options.update(noplaylist=False, extract_flat='in_playlist', playlist_items='1:%d' % arguments['limit'])
    info = extract(context, options, arguments['url'], False)
    return {'title': info.get('title'), 'entries': list(videos_of(info, arguments['limit']))}


def videos_of(info, limit):
    """In order, through lists of lists, as channels are."""
    if info.get('entries') is None:
        url = info.get('webpage_url') or info.get('url')
        if url:
            yield {'url': url, 'title': info.get('title')}
        return
    for entry in filter(None, info['entries']):
        for video in videos_of(entry, limit):
            if limit <= 0:
                return
            limit -= 1
            yield video


def extract(context, options, url, downloads):
    ydl = None
    try:
        with Downloader(context, options) as ydl:
            return ydl.extract_info(url, download=downloads) or {}
    except Cancelled:
        raise
    except Exception as error:
        if context.guard.last_refusal:
            raise TaskError('invalid_input', 'refused, %s' % context.guard.last_refusal) from None
        raise task_error(url, error, ydl and ydl.last_headers) from None
    finally:
        if options.get('cookiefile'):
            with contextlib.suppress(FileNotFoundError):
                os.remove(options['cookiefile'])
        # An instance holds cycles; a worker lives for hundreds of them.
        gc.collect()


def chain_of(error):
    """What stands behind an exception, in the ways of both generations of yt-dlp."""
    seen = []
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or any(each is other for other in seen):
            continue
        seen.append(each)
        exc_info = getattr(each, 'exc_info', None)
        waiting += [exc_info[1] if exc_info else None, getattr(each, 'cause', None), each.__cause__, each.__context__]
    return seen


def status_of(error):
    for each in chain_of(error):
        response = getattr(each, 'response', None)
        status = getattr(each, 'status', None) or getattr(each, 'code', None)
        if isinstance(status, int) and type(each).__name__ == 'HTTPError':
            return status, getattr(each, 'headers', None) or getattr(response, 'headers', None)
    return None, None


def retry_after_of(headers):
    text = headers.get('Retry-After') if headers else None
    if not text:
        return None
    if text.strip().isdigit():
        return min(int(text), 86400)
    at = utils.parse_iso8601(text) or utils.unified_timestamp(text)
    return max(0, min(at - time.time(), 86400)) if at else None


def kind_of_status(status):
    if status in (404, 410):
        return 'not_found'
    if status in (408, 425, 429) or status >= 500:
        return 'unavailable'
    return 'invalid_input'


def task_error(url, error, last_headers):
    message = re.sub(r'\x1b\[[0-9;]*[A-Za-z]|\r', '', str(error)).removeprefix('ERROR: ')
    message = message.split('; please report this issue')[0].replace(url, 'it')
    behind = chain_of(error)
    if any(isinstance(each, TooLarge) for each in behind):
        return TaskError('invalid_input', message)
    if any(isinstance(each, OSError) and each.errno == errno.ENOSPC for each in behind):
        return TaskError('exhausted', message)
    status, headers = status_of(error)
    if status is None:
        found = re.search(r'HTTP Error (\d{3})', message)
        status, headers = (int(found.group(1)) if found else None), last_headers
    if status is not None:
        # Addresses of media expire, and are cut off when too much is asked of them.
        is_media = 'unable to download video data' in message and status == 403
        return TaskError('unavailable' if is_media else kind_of_status(status), message, retry_after_of(headers))
    if any(isinstance(each, utils.UnsupportedError) for each in behind):
        return TaskError('unsupported', message)
    if any(isinstance(each, OSError) or type(each).__name__ in ('TransportError', 'IncompleteRead', 'HTTPException')
           for each in behind):
        return TaskError('unavailable', message)
    for kind, pattern in MESSAGES:
        if re.search(pattern, message, re.IGNORECASE):
            return TaskError(kind, message)
    is_expected = any(getattr(each, 'expected', False) for each in behind)
    return TaskError('unsupported' if is_expected else 'unavailable', message)


TASKS = {'yt-dlp.download': download, 'yt-dlp.list': list_entries,
         'yt-dlp.nothing': lambda context, arguments: {}}  # what a command costs by itself
