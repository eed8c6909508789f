#pragma once

namespace heaters::media {

// Sends what libav and the codecs below it have to say to the log at debug level, instead of straight to
// stderr. They report every oddity of a file, most of which do not matter; what does comes back as an Error.
// Call once at start.
void route_libav_log();

}  // namespace heaters::media
