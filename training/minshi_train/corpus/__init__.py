"""Where training documents come from and how they are split."""
