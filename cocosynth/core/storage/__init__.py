"""Object storage by fsspec: read through a cache of this machine, written whole, leased.

Nothing here is imported before a URL occurs; `core.files` is the door.
"""
