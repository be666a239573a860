"""The subcommands of ``dissection``, one file each; heavy imports happen when a command runs."""
