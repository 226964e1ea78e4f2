"""Speed and memory, as ratios that are measured side by side in one run: this machine's noise is in both."""
