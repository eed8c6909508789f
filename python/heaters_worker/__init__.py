"""The worker that Heaters runs Python libraries in. docs/worker-protocol.md is what it speaks."""
