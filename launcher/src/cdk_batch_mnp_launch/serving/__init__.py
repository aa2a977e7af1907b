"""Commands that programs of one node run on another, without sshd."""
