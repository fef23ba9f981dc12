"""Does training on composed images help? Measured, with the command that repeats it."""
