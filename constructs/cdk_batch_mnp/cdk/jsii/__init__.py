"""The border to jsii: argument types, tokens, durations."""
