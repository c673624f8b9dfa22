"""The work behind a subcommand, a file or a folder each; none knows another."""
