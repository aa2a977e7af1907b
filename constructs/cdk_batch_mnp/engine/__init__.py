"""What a rule, a finding and a report are, and running rules over a setup."""
