"""Can pasted objects be told from real ones by their outlines? Then a detector may learn that."""
