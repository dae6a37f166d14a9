"""The layer HTTP of `ormbench run`: the same read through the target app, in both modes in turns."""
