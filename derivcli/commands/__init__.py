"""One file per subcommand: options → one call → an exit status.

run(…) → Exit      its parameters are the arguments and options as typer reads them; its docstring is the help

The file's name is that of the subcommand. `@_options.command` gives `run` the options of all commands that read a
formula, as one `Options`, and an `Output`, which is the only one to write. What a command needs is imported in `run`,
so that the help of all of them is there at once.
"""
