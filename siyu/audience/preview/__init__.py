"""Questions asked with a tree that need not be saved: the language, is it right, how many, who, and why."""
