"""Which pictures two files share: by bytes, by the photographs behind them, by their looks."""
