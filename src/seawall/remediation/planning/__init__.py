"""From what is exposed to what to do: actions, the releases to go to, and the reasons in words."""
