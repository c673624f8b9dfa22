"""What is asked, and where: options, shapes of derivatives, points listed, on grids, drawn or in files."""
