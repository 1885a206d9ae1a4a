"""The documentation as a site: pages, pictures of terminals, the build."""
