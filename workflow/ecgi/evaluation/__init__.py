"""Metrics, uncertainty, bootstrap intervals and goodness of fit."""
