"""Inverse methods: from BSP to activation maps; `base` has their interface, `registry` names them."""
