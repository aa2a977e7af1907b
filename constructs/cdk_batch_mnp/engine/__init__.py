"""Rules, findings and reports, and the checker that runs rules over a setup."""
