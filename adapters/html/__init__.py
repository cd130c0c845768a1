"""Worded content as accessible HTML, for every page that shows messages or forms. It knows no platform."""
