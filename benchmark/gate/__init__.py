"""The regression gate: what every method predicts and how it learns, compared with committed references."""
