"""Google: the coordinator's sheet through gspread, with a transport that never writes twice."""
