"""Amazon EventBridge: brings events to the targets of the rules that match them."""
