"""Trees that guests made are removed whole."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_hyperone.local_cloud.lifecycle.disks import REMOVED_AT_ONCE, remove_tree, remove_trees


def test_a_deep_closed_tree_is_removed(tmp_path: Path) -> None:
    """Thousands of folders in each other, some closed to their owner; a symlink's target stays."""
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    outside.mkdir()
    tree.mkdir()
    (tree / "link").symlink_to(outside)
    (tree / "closed" / "inner").mkdir(parents=True)
    (tree / "closed").chmod(0)
    folder = os.open(tree, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    remove_tree(tree)
    assert list(tmp_path.iterdir()) == [outside]
    remove_tree(tree)


def test_many_trees_are_removed_and_no_other(tmp_path: Path) -> None:
    """Each of more trees than are removed at once, also one that is not there; their neighbour stays."""
    trees = [tmp_path / str(number) for number in range(2 * REMOVED_AT_ONCE + 3)]
    for folder in (tmp_path / "kept", *trees[1:]):
        (folder / "content").mkdir(parents=True)
    remove_trees(trees)
    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]
