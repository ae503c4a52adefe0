"""One self-contained HTML file: the table, the funnel as a picture, and each decision with its inputs."""
