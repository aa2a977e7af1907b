"""The documented constraints of multi-node parallel jobs, as rules over an :class:`MnpSetup`."""
