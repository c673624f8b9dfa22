"""Formulas over intervals → a picture of f, its derivatives, their singularities and errors."""
