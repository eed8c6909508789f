#!/usr/bin/python3
"""Composes videos with known transitions, and with what only looks like one, from real footage.

  compose.py OUT --part train|test [--transitions 2000] [--seed 1] [--width 384] [--height 216]

OUT gets for each video `NAME.mp4`, `NAME.csv` (frame,end_frame,type,doubt,note: the transitions; note is the class) and
`NAME.traps.csv` (begin,end,kind: what is no transition). Frames are numbered from 0. The same arguments give the same
frames. The parts share no footage. Needs python3-opencv and ffmpeg.
"""

import argparse
import csv
import multiprocessing
import pathlib
import subprocess
import sys

import cv2
import numpy as np

import footage

PER_VIDEO = 40
# Of a shot that shows something: standard deviation of luma, levels of 255.
LEAST_CONTRAST = 4
RATES = ["24", "25", "30", "24000/1001", "30000/1001"]
TRANSITIONS = {
    "cut": 30, "related cut": 12, "dark cut": 6, "slide": 5, "short shot": 4, "blended cut": 5, "cut in motion": 14,
    "dissolve": 14, "fade through black": 6, "fade through white": 3, "wipe": 5,
}
TRAPS = {
    "flash": 5, "strobe": 2, "whip pan": 4, "shake": 3, "letterbox": 2, "lower third": 3, "picture in picture": 2,
    "freeze": 2, "credits": 2, "object passes": 3, "brightness ramp": 2,
}


def choose(rng, weights):
    names = list(weights)
    shares = np.array([weights[name] for name in names], dtype=float)
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


class Grade:
    """How a shot is developed: mirrored, cropped, brighter or darker, grainy."""

    def __init__(self, rng, is_dark=False):
        self.is_mirrored = bool(rng.integers(2))
        self.gamma = float(rng.uniform(0.7, 1.4))
        self.gain = float(rng.uniform(0.08, 0.2)) if is_dark else float(rng.uniform(0.75, 1.1))
        self.tint = rng.uniform(0.9, 1.1, 3)
        self.grain = float(rng.choice([0, 0, 0, 2, 5]))
        levels = (np.arange(256) / 255) ** self.gamma * 255 * self.gain
        self.table = np.stack([np.clip(levels * tint, 0, 255) for tint in self.tint], 1).astype(np.uint8)

    def apply(self, rng, frame):
        if self.is_mirrored:
            frame = frame[:, ::-1]
        graded = cv2.LUT(np.ascontiguousarray(frame), self.table.reshape(1, 256, 3))
        if self.grain:
            noise = rng.normal(0, self.grain, frame.shape[:2])[..., None]
            graded = np.clip(graded + noise, 0, 255).astype(np.uint8)
        return graded


class Camera:
    """Where a camera looks, in a picture larger than its own: still, panning, zooming, in the hand, or whirling about."""

    # Speed in picture widths a frame, how much of it a frame keeps, sway in pixels, zoom a frame.
    KINDS = {
        "still": (0, 1, 0, 0), "pan": (0.006, 1, 0, 0), "zoom": (0.002, 1, 0, 0.006), "hand": (0.003, 0.95, 0.6, 0),
        "run": (0.01, 0.93, 2, 0.004), "sweep": (0.025, 0.98, 0.5, 0), "fast": (0.045, 1, 0.6, 0), "chase": (0.02, 0.93, 3, 0.01),
        "turn": (0, 1, 0.2, 0.002),
    }

    def __init__(self, rng, kind, size, room):
        self.rng, self.size, self.room = rng, np.array(size, float), np.array(room, float)
        self.speed_of, self.keeps, self.sway_of, zoom = self.KINDS[kind]
        self.speed_of *= size[0] * float(rng.uniform(0.5, 1.3))
        self.zoom, self.rate = float(rng.uniform(1.0, 1.3)), float(rng.uniform(-zoom, zoom))
        self.place = rng.uniform(0, 1, 2) * self.most()
        self.speed = self.speed_of * rng.normal(0, 1, 2) / 1.25
        self.sway = np.zeros(2)
        # Rests, turns to somewhere else, and rests.
        self.turn = None
        if kind == "turn":
            self.turn = self.place.copy(), rng.uniform(0, 1, 2) * self.most(), int(rng.integers(5, 20)), int(rng.integers(10, 50))
        self.frame = 0

    def most(self):
        return np.maximum(0, self.room - self.size / self.zoom)

    def move(self):
        """Of the next frame: from its samples to those of the larger picture."""
        self.sway = 0.85 * self.sway + self.rng.normal(0, 1, 2) * self.sway_of
        change = self.rng.normal(0, 1, 2) * self.speed_of / 1.25
        self.speed = self.keeps * self.speed + np.sqrt(1 - self.keeps ** 2) * change
        # Nobody turns a camera faster, but for a whip pan.
        self.speed = np.clip(self.speed, -0.08 * self.size[0], 0.08 * self.size[0])
        self.zoom = float(np.clip(self.zoom * (1 + self.rate), 1.0, 2.0))
        self.place = self.place + self.speed
        if self.turn:
            begin, end, at, length = self.turn
            share = np.clip((self.frame - at) / length, 0, 1)
            self.place = begin + (end - begin) * share * share * (3 - 2 * share)
        self.frame += 1
        most = self.most()
        # At a border it goes back.
        for axis in range(2):
            if not 0 <= self.place[axis] <= most[axis]:
                self.speed[axis] = -self.speed[axis]
        self.place = np.clip(self.place, 0, most)
        x, y = self.place + self.sway
        return np.array([[1 / self.zoom, 0, x], [0, 1 / self.zoom, y]])

    def look(self, picture):
        w, h = (int(each) for each in self.size)
        frame = cv2.warpAffine(picture, self.move(), (w, h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                               borderMode=cv2.BORDER_REFLECT)
        length = float(np.hypot(*self.speed))
        if length <= 8:
            return frame
        # What moves fast is blurred.
        kernel = np.zeros((15, 15), np.float32)
        end = self.speed / length * 7
        cv2.line(kernel, tuple(int(v) for v in 7 - end), tuple(int(v) for v in 7 + end), 1)
        return cv2.filter2D(frame, -1, kernel / kernel.sum())


class Actor:
    """Something before the camera that moves on its own: an oval piece of another photograph."""

    def __init__(self, rng, photo, width, height):
        self.rng, self.width, self.height = rng, width, height
        side = int(height * rng.uniform(0.2, 1.3))
        self.h, self.w = side, max(8, int(side * rng.uniform(0.4, 1.2)))
        y, x = int(rng.integers(max(1, photo.shape[0] - self.h))), int(rng.integers(max(1, photo.shape[1] - self.w)))
        self.texture = photo[y:y + self.h, x:x + self.w]
        self.h, self.w = self.texture.shape[:2]
        mask = np.zeros((self.h, self.w), np.float32)
        cv2.ellipse(mask, (self.w // 2, self.h // 2), (self.w // 2 - 2, self.h // 2 - 2), 0, 0, 360, 1, -1)
        self.mask = cv2.blur(mask, (5, 5))[..., None]
        self.place = rng.uniform(0, 1, 2) * [width, height]
        self.speed_of = width * float(rng.choice([0.004, 0.012, 0.03, 0.05]))
        self.speed = rng.normal(0, 1, 2) * self.speed_of
        # One in three comes from somewhere and stays.
        self.way = None
        if rng.random() < 0.33:
            self.way = rng.uniform(-0.3, 1.3, 2) * [width, height], rng.uniform(0.2, 0.8, 2) * [width, height], \
                int(rng.integers(0, 25)), int(rng.integers(4, 30))
        self.frame = 0

    def play(self, frame):
        self.speed = 0.92 * self.speed + self.rng.normal(0, 0.4, 2) * self.speed_of
        self.place = (self.place + self.speed) % (2 * self.width)
        middle = self.place - self.width / 2
        if self.way:
            begin, end, at, length = self.way
            share = np.clip((self.frame - at) / length, 0, 1)
            middle = begin + (end - begin) * share * share * (3 - 2 * share)
        self.frame += 1
        x, y = (middle - [self.w / 2, self.h / 2]).astype(int)
        x0, y0, x1, y1 = max(0, x), max(0, y), min(self.width, x + self.w), min(self.height, y + self.h)
        if x0 >= x1 or y0 >= y1:
            return frame
        frame = frame.copy()
        mask = self.mask[y0 - y:y1 - y, x0 - x:x1 - x]
        frame[y0:y1, x0:x1] = (frame[y0:y1, x0:x1] * (1 - mask) + self.texture[y0 - y:y1 - y, x0 - x:x1 - x] * mask).astype(np.uint8)
        return frame


class Shot:
    """`count` frames of one source under one grade, seen by one camera, with actors before it now and then."""

    def __init__(self, rng, reader, source, count, motion=None, is_dark=False, grade=None, is_other_view=False):
        self.rng, self.reader, self.source = rng, reader, source
        self.grade = grade or Grade(rng, is_dark)
        self.is_other_view = is_other_view
        made = self.of_photo(count, motion) if source.is_photo else self.of_video(count, motion)
        if motion != "still" and rng.random() < 0.35:
            photo = reader.any_photo(rng)
            for _ in range(int(rng.integers(1, 4)) if photo is not None else 0):
                actor = Actor(rng, photo, reader.width, reader.height)
                made = [actor.play(each) for each in made]
        self.frames = [self.grade.apply(rng, each) for each in made]

    def shows_something(self):
        """Nobody sees a cut to a picture that is all one tone, or one within black."""
        contrasts = [cv2.cvtColor(each, cv2.COLOR_BGR2GRAY).std() for each in self.frames[::4]]
        return np.mean(np.array(contrasts) >= LEAST_CONTRAST) > 0.9

    def of_video(self, count, motion):
        all_frames = self.reader.video(self.source)
        step = int(self.rng.choice([1, 1, 1, 2, 3]))
        if len(all_frames) <= step * count:
            step = 1
        begin = int(self.rng.integers(max(1, len(all_frames) - count * step)))
        taken = [all_frames[min(begin + i * step, len(all_frames) - 1)] for i in range(count)]
        motion = motion or choose(self.rng, {"still": 8, "hand": 2, "run": 1, "sweep": 1, "chase": 1, "turn": 1})
        zoom = float(self.rng.choice([1, 1, 1.25, 1.6])) if motion == "still" else float(self.rng.uniform(1.3, 1.7))
        if zoom == 1:
            return taken
        h, w = taken[0].shape[:2]
        camera = Camera(self.rng, motion, (w, h), (w * zoom, h * zoom))
        return [camera.look(cv2.resize(each, (int(w * zoom), int(h * zoom)), interpolation=cv2.INTER_LINEAR)) for each in taken]

    def of_photo(self, count, motion):
        photo = self.reader.photo(self.source)
        if self.is_other_view:
            # From the other side, and nearer.
            h, w = photo.shape[:2]
            y, x = int(self.rng.integers(h // 3 + 1)), int(self.rng.integers(w // 3 + 1))
            photo = cv2.resize(np.ascontiguousarray(photo[y:y + h * 2 // 3, x:x + w * 2 // 3, :][:, ::-1]), (w, h))
        motion = motion or choose(self.rng, {"still": 3, "pan": 4, "zoom": 3, "hand": 3, "run": 3, "sweep": 2, "fast": 1, "chase": 2, "turn": 4})
        camera = Camera(self.rng, motion, (self.reader.width, self.reader.height), (photo.shape[1], photo.shape[0]))
        return [camera.look(photo) for _ in range(count)]


def mixed(a, b, share):
    return cv2.addWeighted(a, 1 - share, b, share, 0)


class Composer:
    def __init__(self, rng, reader, sources):
        self.rng, self.reader, self.sources = rng, reader, sources
        self.frames = []
        self.labels = []
        self.traps = []

    def any_source(self, other_than=None, is_photo=None):
        fitting = [each for each in self.sources
                   if (other_than is None or each.path != other_than.path) and is_photo in (None, each.is_photo)]
        # As often from a video as from a photograph, of which there are many more.
        videos = [each for each in fitting if not each.is_photo]
        photos = [each for each in fitting if each.is_photo]
        kind = videos if videos and (not photos or self.rng.integers(2)) else photos
        return kind[int(self.rng.integers(len(kind)))]

    def compose(self, transitions):
        self.append(self.next_shot("cut", None))
        done = 0
        while done < transitions:
            done += self.add(choose(self.rng, TRANSITIONS))
        return self

    def shot(self, source, count, motion=None, **more):
        """A new one of what source() draws; of 20 that show nothing the last, as a dark grade may leave no other."""
        for _ in range(20):
            made = Shot(self.rng, self.reader, source(), count, motion, **more)
            if made.shows_something():
                return made
        return made

    def append(self, shot):
        self.last = shot
        self.frames += self.with_trap(shot.frames, len(self.frames))

    def next_shot(self, kind, previous):
        count = int(self.rng.integers(20, 70))
        # A film is graded as a whole, more often than not.
        grade = self.last.grade if previous is not None and self.rng.random() < 0.6 else None
        if kind == "slide":
            return self.shot(lambda: self.any_source(previous, True), count, "still")
        if kind == "dark cut":
            return self.shot(lambda: self.any_source(previous), count, is_dark=True)
        if kind == "cut in motion":
            motion = choose(self.rng, {"run": 2, "sweep": 2, "fast": 1, "chase": 2})
            return self.shot(lambda: self.any_source(previous), count, motion, grade=grade)
        if kind == "related cut":
            return self.shot(lambda: self.related(previous), count, is_other_view=True, grade=self.last.grade)
        return self.shot(lambda: self.any_source(previous), count, grade=grade)

    def related(self, previous):
        """Another shot of the same film, or another view of the same picture."""
        same = [each for each in self.sources if each.path == previous.path and each != previous]
        return same[int(self.rng.integers(len(same)))] if same else previous

    def label(self, frame, end, kind, note):
        self.labels.append((frame, end, kind, note))

    def add(self, kind):
        """Appends a transition and the shot after it; returns how many boundaries that were."""
        rng = self.rng
        if kind in ("dark cut", "slide", "cut in motion"):
            # The shot before it must be of the same kind.
            before = self.next_shot(kind, self.last.source)
            self.label(len(self.frames), None, "cut", "cut")
            self.append(before)
            self.label(len(self.frames), None, "cut", kind)
            self.append(self.next_shot(kind, before.source))
            return 2
        after = self.next_shot(kind, self.last.source)
        at = len(self.frames)
        if kind in ("cut", "related cut"):
            self.label(at, None, "cut", kind)
        elif kind == "short shot":
            short = self.shot(lambda: self.any_source(self.last.source), int(rng.integers(1, 6)))
            self.label(at, None, "cut", kind)
            self.frames += short.frames
            self.label(len(self.frames), None, "cut", kind)
            if after.source.path == short.source.path:
                after = self.shot(lambda: self.any_source(short.source), 40)
            self.append(after)
            return 2
        elif kind == "blended cut":
            self.frames.append(mixed(self.frames[-1], after.frames[0], float(rng.uniform(0.25, 0.75))))
            self.label(at, at + 1, "cut", kind)
        elif kind == "dissolve":
            self.overlap(after, int(rng.choice([6, 8, 12, 16, 24, 36, 48])), mixed, kind)
        elif kind == "wipe":
            self.overlap(after, int(rng.choice([8, 12, 16, 24])), self.wiper(), kind)
        else:
            self.fade(after, 0 if kind == "fade through black" else 255, kind)
        self.append(after)
        return 1

    def overlap(self, after, count, mix, kind):
        """The last frames of what is there run into the first ones of the next shot."""
        count = min(count, len(self.last.frames) - 6, len(after.frames) - 6)
        at = len(self.frames) - count
        for i in range(count):
            self.frames[at + i] = mix(self.frames[at + i], after.frames[i], (i + 1) / (count + 1))
        after.frames = after.frames[count:]
        self.label(at, at + count, "dissolve", kind)

    def wiper(self):
        direction = int(self.rng.integers(4))
        soft = float(self.rng.choice([0.01, 0.1, 0.25]))
        w, h = self.reader.width, self.reader.height
        along = np.linspace(0, 1, w)[None, :] if direction < 2 else np.linspace(0, 1, h)[:, None]
        place = np.broadcast_to(1 - along if direction % 2 else along, (h, w))

        def mix(a, b, share):
            mask = np.clip((share * (1 + soft) - place) / soft, 0, 1)[..., None]
            return (a * (1 - mask) + b * mask).astype(np.uint8)
        return mix

    def fade(self, after, level, kind):
        rng = self.rng
        out, hold, into = int(rng.integers(4, 24)), int(rng.integers(0, 12)), int(rng.integers(4, 24))
        out, into = min(out, len(self.last.frames) - 6), min(into, len(after.frames) - 6)
        blank = np.full_like(self.frames[-1], level)
        at = len(self.frames) - out
        for i in range(out):
            self.frames[at + i] = mixed(self.frames[at + i], blank, (i + 1) / out)
        self.frames += [blank] * hold
        for i in range(into):
            after.frames[i] = mixed(blank, after.frames[i], (i + 1) / (into + 1))
        self.label(at, len(self.frames) + into, "fade", kind)

    def with_trap(self, frames, at):
        """Now and then something happens within the shot that is no cut."""
        count = len(frames)
        if count < 30 or self.rng.integers(3):
            return frames
        kind = choose(self.rng, TRAPS)
        begin = int(self.rng.integers(12, count - 14))
        length = {"flash": int(self.rng.integers(1, 4)), "strobe": 12, "whip pan": 10}.get(kind, 12)
        made = list(frames)
        Trap(self.rng, kind).apply(made, begin, min(begin + length, count))
        self.traps.append((at + begin, at + min(begin + length, count), kind))
        return made


class Trap:
    def __init__(self, rng, kind):
        self.rng, self.kind = rng, kind

    def apply(self, frames, begin, end):
        getattr(self, self.kind.replace(" ", "_"))(frames, begin, end)

    def flash(self, frames, begin, end):
        strength = float(self.rng.uniform(0.5, 1))
        for i in range(begin, end):
            frames[i] = mixed(frames[i], np.full_like(frames[i], 255), strength * (1 - (i - begin) / (end - begin + 1)))

    def strobe(self, frames, begin, end):
        for i in range(begin, end):
            if (i - begin) // 2 % 2:
                frames[i] = (frames[i] * 0.25).astype(np.uint8)

    def whip_pan(self, frames, begin, end):
        h, w = frames[0].shape[:2]
        turn = 0.0
        for i in range(begin, len(frames)):
            speed = w * 0.12 * np.sin(np.pi * (i - begin) / (end - begin)) if i < end else 0
            turn += speed
            doubled = np.concatenate([frames[i], frames[i][:, ::-1]], 1)
            shifted = np.roll(doubled, -int(turn), 1)[:, :w]
            frames[i] = cv2.blur(shifted, (max(1, int(abs(speed))), 1)) if abs(speed) > 1 else np.ascontiguousarray(shifted)

    def shake(self, frames, begin, end):
        h, w = frames[0].shape[:2]
        for i in range(begin, end):
            dx, dy = (int(v) for v in self.rng.normal(0, [w * 0.025, h * 0.03]))
            matrix = np.array([[1.0, 0, dx], [0, 1.0, dy]])
            frames[i] = cv2.warpAffine(frames[i], matrix, (w, h), borderMode=cv2.BORDER_REFLECT)

    def letterbox(self, frames, begin, end):
        rows = frames[0].shape[0] // 8
        for i in range(begin, len(frames)):
            bar = min(rows, rows * (i - begin + 1) // (end - begin))
            frames[i] = frames[i].copy()
            frames[i][:bar] = frames[i][len(frames[i]) - bar:] = 0

    def lower_third(self, frames, begin, end):
        h, w = frames[0].shape[:2]
        colour = tuple(int(v) for v in self.rng.integers(0, 255, 3))
        for i in range(begin, min(len(frames), end + 10)):
            frames[i] = frames[i].copy()
            cv2.rectangle(frames[i], (0, h * 3 // 4), (w * 3 // 4, h * 7 // 8), colour, -1)
            cv2.putText(frames[i], "Somebody, somewhere", (w // 16, h * 5 // 6), cv2.FONT_HERSHEY_SIMPLEX, h / 400,
                        (255, 255, 255), 1, cv2.LINE_AA)

    def picture_in_picture(self, frames, begin, end):
        h, w = frames[0].shape[:2]
        inset = cv2.resize(frames[0][:, ::-1], (w * 3 // 10, h * 3 // 10))
        for i in range(begin, len(frames)):
            frames[i] = frames[i].copy()
            frames[i][h // 16:h // 16 + inset.shape[0], w * 2 // 3:w * 2 // 3 + inset.shape[1]] = inset

    def freeze(self, frames, begin, end):
        later = frames[begin:]
        for i in range(begin, len(frames)):
            frames[i] = later[max(0, i - end)]

    def credits(self, frames, begin, end):
        h, w = frames[0].shape[:2]
        for i in range(begin, len(frames)):
            frames[i] = frames[i].copy()
            for line in range(6):
                y = h - (i - begin) * h // 80 + line * h // 8
                cv2.putText(frames[i], f"Part {line}    Player {line * 7}", (w // 6, y), cv2.FONT_HERSHEY_SIMPLEX, h / 350,
                            (240, 240, 240), 1, cv2.LINE_AA)

    def object_passes(self, frames, begin, end):
        h, w = frames[0].shape[:2]
        shade = int(self.rng.integers(10, 90))
        for i in range(begin, end):
            x = int(w * 1.6 * (i - begin) / (end - begin) - 0.6 * w)
            frames[i] = frames[i].copy()
            cv2.ellipse(frames[i], (x + w // 4, h // 2), (w // 4, h), 0, 0, 360, (shade, shade, shade + 10), -1)

    def brightness_ramp(self, frames, begin, end):
        for i in range(begin, len(frames)):
            gain = 1 - 0.5 * min(1, (i - begin) / (end - begin))
            frames[i] = (frames[i] * gain).astype(np.uint8)


def telecined(composer):
    """Every fourth frame twice, as 24 frames a second become 30; labels move along."""
    frames = composer.frames
    place = [i + i // 4 for i in range(len(frames) + 1)]
    composer.frames = [frames[i] for i in range(len(frames)) for _ in range(2 if i % 4 == 3 else 1)]
    composer.labels = [(place[a], None if b is None else place[b], kind, note) for a, b, kind, note in composer.labels]
    composer.traps = [(place[a], place[b], kind) for a, b, kind in composer.traps]


def write(path, composer, rng, width, height):
    form = choose(rng, {"plain": 6, "telecine": 1, "interlaced": 1, "variable": 1})
    if form == "telecine":
        telecined(composer)
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(int(rng.choice([18, 23, 28, 33]))), "-pix_fmt", "yuv420p"]
    if form == "interlaced":
        codec += ["-vf", "setfield=tff", "-flags", "+ilme+ildct"]
    if form == "variable":
        codec += ["-vf", "setpts=(N+0.3*mod(N\\,3))/25/TB", "-fps_mode", "passthrough"]
    encoder = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r",
         str(rng.choice(RATES)), "-i", "-", *codec, str(path)], stdin=subprocess.PIPE)
    for frame in composer.frames:
        encoder.stdin.write(np.ascontiguousarray(frame).tobytes())
    encoder.stdin.close()
    if encoder.wait() != 0:
        sys.exit(f"compose: ffmpeg could not write {path}")
    with open(path.with_suffix(".csv"), "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["frame", "end_frame", "type", "doubt", "note"])
        rows.writerows([a, "" if b is None else b, kind, 0, note] for a, b, kind, note in composer.labels)
    with open(path.with_suffix(".traps.csv"), "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["begin", "end", "kind"])
        rows.writerows(composer.traps)


# What the processes share: options, reader and sources.
shared = None


def compose(number):
    options, reader, sources = shared
    rng = np.random.default_rng([options.seed, number, options.part == "test"])
    composer = Composer(rng, reader, sources).compose(PER_VIDEO)
    write(options.out / f"{options.part}{number:03d}.mp4", composer, rng, options.width, options.height)
    return len(composer.labels)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--part", choices=["train", "test"], required=True)
    arguments.add_argument("--transitions", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--width", type=int, default=384)
    arguments.add_argument("--height", type=int, default=216)
    arguments.add_argument("--processes", type=int, default=2)
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    everything = footage.sources(footage.fetch())
    # By file, so that no picture is in both parts.
    files = sorted({each.path for each in everything})
    chosen = {path for i, path in enumerate(files) if (i % 5 == 2) == (options.part == "test")}
    mine = [each for each in everything if each.path in chosen]
    reader = footage.Reader(options.width, options.height)
    mine = [each for each in mine if not each.is_photo or reader.photo(each) is not None]
    global shared
    shared = options, reader, mine
    count = -(-options.transitions // PER_VIDEO)
    with multiprocessing.get_context("fork").Pool(options.processes) as pool:
        done = sum(pool.imap_unordered(compose, range(count)))
    print(f"{count} videos, {done} transitions")


if __name__ == "__main__":
    main()
