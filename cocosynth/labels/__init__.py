"""Who owns which pixel, and what is visible of it; knows no colours."""
