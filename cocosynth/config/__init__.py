"""The configuration: read, explained, described by a JSON Schema; the sum of all options."""
