"""Simulation-based calibration: is the posterior the one that the model says?"""
