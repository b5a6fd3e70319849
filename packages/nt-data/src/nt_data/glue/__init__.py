"""GLUE and SuperGLUE: their tasks, their files as distributed, their metrics and scores.

Nothing is downloaded: a task's folder is read as it comes out of the benchmark's archive.
"""

from nt_data.glue._read import TaskData, read_glue
from nt_data.glue._score import glue_score, score, superglue_score
from nt_data.glue._super import read_superglue
from nt_data.glue._tasks import GLUE, SUPERGLUE, Task

__all__ = [
    "GLUE",
    "SUPERGLUE",
    "Task",
    "TaskData",
    "glue_score",
    "read_glue",
    "read_superglue",
    "score",
    "superglue_score",
]
