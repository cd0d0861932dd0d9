"""Generative models of activation maps and body surface potentials; `registry` names the families."""
