"""Using systems that make pictures of pictures: on files of any size, a whole folder, with a page to compare."""
