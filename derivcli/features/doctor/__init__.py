"""Where a formula loses its digits, instruction by instruction, and what to write instead."""
