#!/usr/bin/env python3
"""Shot detection as the pipeline that Heaters replaces did it: decode with OpenCV, correlate colour histograms of
neighbouring frames, cut below 0.6. A peer for bench/ingest; prints the frame numbers of its cuts."""

import sys

import cv2


def main():
    capture = cv2.VideoCapture(sys.argv[1])
    previous = None
    number = 0
    while True:
        read, frame = capture.read()
        if not read:
            break
        histogram = cv2.calcHist([frame], [0, 1, 2], None, [8, 8, 8], [0, 256, 0, 256, 0, 256])
        cv2.normalize(histogram, histogram)
        if previous is not None and cv2.compareHist(previous, histogram, cv2.HISTCMP_CORREL) < 0.6:
            print(number)
        previous = histogram
        number += 1
    if number == 0:
        sys.exit(f"{sys.argv[1]}: no frame could be read")


if __name__ == "__main__":
    main()
