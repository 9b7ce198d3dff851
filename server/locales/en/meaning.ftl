# What events mean: the English stands in the tables of the program, other languages here.
