"""The sandbox: the only place where hostile code runs."""
