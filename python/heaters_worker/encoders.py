"""Encodes pictures and texts by models that the user has: TorchScript by torch, ONNX by onnxruntime or OpenCV.

docs/models.md says what a model is. A worker loads each model once, when it is first used.
"""
import base64
import hashlib
import json
import math
import os

from .errors import TaskError

# Of the CLIP class, unless the file of settings beside the model says otherwise.
DEFAULTS = {
    'width': 224,
    'height': 224,
    'mean': [0.48145466, 0.4578275, 0.40821073],
    'std': [0.26862954, 0.26130258, 0.27577711],
    'text': None,        # file of the text encoder, where it is another one
    'tokenizer': None,   # tokenizer.json of Hugging Face's tokenizers
    'context': 77,       # tokens of a text
}
MOST_SIDE = 2048
MOST_DIMENSIONS = 8192
MOST_TEXTS = 256

_models = {}    # by path
_loads = 0


def versions():
    return {}


class Settings:
    def __init__(self, path):
        self.model = path
        self.file = path + '.json'
        values = dict(DEFAULTS)
        if os.path.exists(self.file):
            try:
                with open(self.file, encoding='utf-8') as file:
                    given = json.load(file)
            except (OSError, ValueError) as error:
                raise bad(self.file, error)
            if not isinstance(given, dict):
                raise bad(self.file, 'it must hold an object')
            unknown = sorted(set(given) - set(values))
            if unknown:
                raise bad(self.file, 'there is no setting "%s"' % unknown[0])
            values.update(given)
        self.width, self.height = (self._integer(values, name, MOST_SIDE) for name in ('width', 'height'))
        self.context = self._integer(values, 'context', 4096)
        self.mean, self.std = (self._channels(values, name) for name in ('mean', 'std'))
        if not all(self.std):
            raise bad(self.file, '"std" must not be 0')
        self.text, self.tokenizer = (self._path(values, name) for name in ('text', 'tokenizer'))

    def files(self):
        return [name for name in (self.model, self.text, self.tokenizer) if name] + (
            [self.file] if os.path.exists(self.file) else [])

    def _integer(self, values, name, most):
        value = values[name]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise bad(self.file, '"%s" must be a whole number from 1 to %d' % (name, most))
        return value

    def _channels(self, values, name):
        value = values[name]
        if not isinstance(value, list) or len(value) != 3 or not all(isinstance(each, (int, float)) for each in value):
            raise bad(self.file, '"%s" must be three numbers' % name)
        return [float(each) for each in value]

    def _path(self, values, name):
        value = values[name]
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            raise bad(self.file, '"%s" must be the name of a file' % name)
        return os.path.join(os.path.dirname(self.model), value)


def bad(path, why):
    lines = str(why).strip().splitlines() or ['']
    return TaskError('invalid_input', 'read the model "%s": %s' % (path, lines[0][:300]))


def digest_of(settings):
    """Of everything that decides what vectors come out."""
    whole = hashlib.sha256()
    for name in settings.files():
        one = hashlib.sha256()
        try:
            with open(name, 'rb') as file:
                for block in iter(lambda: file.read(1 << 20), b''):
                    one.update(block)
        except OSError as error:
            raise TaskError('not_found', 'read the model "%s": %s' % (name, error.strerror))
        whole.update(one.digest())
    return whole.hexdigest()


def import_torch():
    try:
        import torch
    except ImportError as error:
        raise TaskError('unsupported', 'TorchScript needs torch (Debian: python3-torch): %s' % error)
    return torch


class TorchModel:
    def __init__(self, settings, threads):
        self._torch = torch = import_torch()
        if threads:
            torch.set_num_threads(threads)
        try:
            self._module = torch.jit.load(settings.model, map_location='cpu').eval()
        except Exception as error:
            raise bad(settings.model, error)
        self.runtime = 'torch ' + torch.__version__
        self._settings = settings
        self._image = getattr(self._module, 'encode_image', None) or self._module
        self._text = getattr(self._module, 'encode_text', None)
        self._takes_strings = False
        if self._text is not None:
            taken = [str(each.type) for each in self._text.schema.arguments[1:2]]
            self._takes_strings = taken == ['List[str]']
        self._tokenizer = load_tokenizer(settings) if self._text is not None and not self._takes_strings else None
        self.has_text = self._takes_strings or self._tokenizer is not None

    def images(self, pixels, count):
        torch, settings = self._torch, self._settings
        picture = torch.frombuffer(bytearray(pixels), dtype=torch.uint8)
        picture = picture.reshape(count, settings.height, settings.width, 3).permute(0, 3, 1, 2).float() / 255
        mean, std = (torch.tensor(each).reshape(1, 3, 1, 1) for each in (settings.mean, settings.std))
        return self._run(self._image, ((picture - mean) / std).contiguous())

    def texts(self, texts):
        if self._takes_strings:
            return self._run(self._text, texts)
        return self._run(self._text, self._torch.tensor(tokens_of(self._tokenizer, texts, self._settings.context)))

    def _run(self, function, argument):
        with self._torch.no_grad():
            return self._torch.as_tensor(function(argument)).float().tolist()


class OnnxModel:
    def __init__(self, settings, threads):
        self._settings = settings
        try:
            import onnxruntime
        except ImportError:
            onnxruntime = None
        if onnxruntime is not None:
            self.runtime = 'onnxruntime ' + onnxruntime.__version__
            load = lambda path: OnnxRuntimeNet(onnxruntime, path, threads)
        else:
            cv2 = self._import_opencv()
            self.runtime = 'opencv ' + cv2.__version__
            load = lambda path: OpenCvNet(cv2, path, threads)
        self._image = self._load(load, settings.model)
        # OpenCV takes no token ids.
        self._tokenizer = load_tokenizer(settings) if settings.text and onnxruntime is not None else None
        self._text = self._load(load, settings.text) if self._tokenizer else None
        self.has_text = self._text is not None

    @staticmethod
    def _import_opencv():
        try:
            import cv2
        except ImportError as error:
            raise TaskError('unsupported', 'ONNX needs onnxruntime or OpenCV (Debian: python3-opencv): %s' % error)
        return cv2

    @staticmethod
    def _load(load, path):
        try:
            return load(path)
        except Exception as error:
            raise bad(path, error)

    def images(self, pixels, count):
        import numpy
        settings = self._settings
        picture = numpy.frombuffer(pixels, dtype=numpy.uint8).reshape(count, settings.height, settings.width, 3)
        picture = picture.transpose(0, 3, 1, 2).astype(numpy.float32) / 255
        mean, std = (numpy.array(each, dtype=numpy.float32).reshape(1, 3, 1, 1) for each in (settings.mean, settings.std))
        return self._image.run((picture - mean) / std).tolist()

    def texts(self, texts):
        import numpy
        tokens = numpy.array(tokens_of(self._tokenizer, texts, self._settings.context), dtype=numpy.int64)
        return self._text.run(tokens).tolist()


class OnnxRuntimeNet:
    def __init__(self, onnxruntime, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        self._session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        self._input = self._session.get_inputs()[0].name

    def run(self, batch):
        return self._session.run(None, {self._input: batch})[0]


class OpenCvNet:
    def __init__(self, cv2, path, threads):
        if threads:
            cv2.setNumThreads(threads)
        self._net = cv2.dnn.readNetFromONNX(path)

    def run(self, batch):
        self._net.setInput(batch)
        return self._net.forward().copy()


def load_tokenizer(settings):
    if not settings.tokenizer:
        return None
    try:
        import tokenizers
    except ImportError as error:
        raise TaskError('unsupported', 'a tokenizer needs the Python package tokenizers: %s' % error)
    try:
        return tokenizers.Tokenizer.from_file(settings.tokenizer)
    except Exception as error:
        raise bad(settings.tokenizer, error)


def tokens_of(tokenizer, texts, context):
    rows = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        if len(ids) > context:
            ids = ids[:context - 1] + ids[-1:]  # the last one says that the text ends
        rows.append(ids + [0] * (context - len(ids)))
    return rows


def load(context, path):
    """The model of a file; again when the file is another one by now."""
    global _loads
    if not os.path.isabs(path) or not os.path.isfile(path):
        raise TaskError('not_found', 'read the model "%s": there is no such file' % path)
    settings = Settings(path)
    state = [(name, status.st_size, status.st_mtime_ns) for name, status in stats(settings.files())]
    known = _models.get(path)
    if known is not None and known.state == state:
        return known
    digest = digest_of(settings)
    with open(path, 'rb') as file:
        is_zip = file.read(4) == b'PK\x03\x04'  # as TorchScript is
    threads = context.configuration.get('threads', 0)
    model = TorchModel(settings, threads) if is_zip else OnnxModel(settings, threads)
    model.state, model.digest, model.settings = state, digest, settings
    try:
        model.dimensions = len(rows_of(model.images(bytes(settings.width * settings.height * 3), 1), 1)[0])
    except TaskError:
        raise
    except Exception as error:
        raise bad(path, 'it does not encode a picture of %dx%d: %s' % (settings.width, settings.height, error))
    _models[path] = model
    _loads += 1
    context.log('info', 'loaded the model "%s" (%s)' % (path, model.runtime))
    return model


def stats(names):
    for name in names:
        try:
            yield name, os.stat(name)
        except OSError as error:
            raise TaskError('not_found', 'read the model "%s": %s' % (name, error.strerror))


def rows_of(values, count, dimensions=None):
    """Checks what a model gave: a row of numbers for each thing."""
    is_table = (isinstance(values, list) and len(values) == count and
                all(isinstance(row, list) and row and all(isinstance(each, float) for each in row) for row in values))
    if not is_table or len({len(row) for row in values}) != 1 or len(values[0]) > MOST_DIMENSIONS:
        raise TaskError('invalid_input', 'the model must give a row of 1 to %d numbers for each of %d' %
                        (MOST_DIMENSIONS, count))
    if dimensions is not None and len(values[0]) != dimensions:
        raise TaskError('invalid_input', 'the model gives %d dimensions here and %d there' % (len(values[0]), dimensions))
    if not all(math.isfinite(each) for row in values for each in row):
        raise TaskError('invalid_input', 'the model gives numbers that are not finite')
    return values


def quantised(row):
    """A direction in signed bytes, as they are compared and stored."""
    largest = max(abs(each) for each in row) or 1.0
    return bytes(round(each / largest * 127) & 0xff for each in row)


def expect(model, arguments):
    expected = arguments.get('model')
    if expected is not None and expected != model.digest:
        raise TaskError('conflict', 'the model "%s" is another one than it was' % model.settings.model)


def answer(model, rows):
    return {'vectors': [base64.b64encode(quantised(row)).decode() for row in rows], 'loads': _loads, 'pid': os.getpid()}


def describe(context, arguments):
    model = load(context, arguments['path'])
    return {'model': model.digest, 'runtime': model.runtime, 'width': model.settings.width,
            'height': model.settings.height, 'dimensions': model.dimensions, 'has_text': model.has_text,
            'loads': _loads, 'pid': os.getpid()}


def encode_images(context, arguments):
    """`pixels`: a file of `count` pictures, rows of R, G, B bytes, of the size that describe() told."""
    model = load(context, arguments['path'])
    expect(model, arguments)
    count = arguments['count']
    with open(arguments['pixels'], 'rb') as file:
        pixels = file.read()
    if len(pixels) != count * model.settings.width * model.settings.height * 3:
        raise TaskError('invalid_input', 'encode pictures: %d bytes are not %d pictures' % (len(pixels), count))
    return answer(model, rows_of(run(model, model.images, pixels, count), count, model.dimensions))


def encode_texts(context, arguments):
    model = load(context, arguments['path'])
    expect(model, arguments)
    texts = arguments['texts']
    if not model.has_text:
        raise TaskError('unsupported', 'the model "%s" has no text encoder that can be used' % model.settings.model)
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise TaskError('invalid_input', 'encode texts: from 1 to %d at once' % MOST_TEXTS)
    return answer(model, rows_of(run(model, model.texts, texts), len(texts), model.dimensions))


def run(model, function, *arguments):
    try:
        return function(*arguments)
    except MemoryError:
        raise
    except Exception as error:
        raise bad(model.settings.model, 'it failed: %s' % error)


TASKS = {'encoder.describe': describe, 'encoder.images': encode_images, 'encoder.texts': encode_texts}
