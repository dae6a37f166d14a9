"""Every figure of a run: which are drawn, what each looks like, and what stands for it in words."""
