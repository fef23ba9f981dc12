"""Every random choice: what, where, which transform; reads no colours, opens no files."""
