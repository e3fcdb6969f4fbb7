"""From a study to its report: the notebooks run in order, turned into pages, and put in place as a whole."""
