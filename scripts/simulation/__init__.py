"""A world that several characters play in, told in many processes, and what is checked of it afterwards."""
