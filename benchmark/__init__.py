"""The harness: grid -> cells -> stored results -> statistics -> tables and plots. It knows methods by name only."""
