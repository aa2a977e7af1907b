"""Every documented constraint of multi-node parallel setups, as rules over an :class:`MnpSetup`."""
