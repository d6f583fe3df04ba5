"""The page: two policies side by side in a browser, live, from a finished study, or from runs made beforehand."""
