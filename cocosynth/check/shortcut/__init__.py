"""Can pasted objects be told from real ones by their outlines? A detector may learn that instead."""
