"""All picture systems at equal processor time on the same pictures: the table that helps to choose one."""
