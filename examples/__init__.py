"""Offices to try the network with: readable CSV files, and the script that makes the workbook people would open."""
