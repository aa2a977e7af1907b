"""The jsii boundary: argument types, tokens, durations, sizes."""
