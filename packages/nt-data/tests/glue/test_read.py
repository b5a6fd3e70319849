"""Small files in the formats of the benchmark's archive, and what may be wrong with them."""

from pathlib import Path

import numpy as np
import pytest
from nt_data import DataError, DataLoader
from nt_data.glue import GLUE, read_glue

PAIR = "index\tsentence1\tsentence2"
MSR = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"
STSB = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2"
MNLI = "index\tpromptID\tpairID\tgenre\tsentence1\tsentence2"


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_bytes("\n".join(lines).encode() + b"\n")


def test_cola_has_no_header_until_its_test(tmp_path: Path) -> None:
    write(tmp_path, "train.tsv", "gj04\t1\t\tThey drank.", 'gj04\t0\t*\tThey drank the "pub.')
    write(tmp_path, "test.tsv", "index\tsentence", "0\tBill whistled.")
    data = read_glue(tmp_path, "cola", "train")
    assert data.inputs == [("They drank.",), ('They drank the "pub.',)]
    assert data.labels.tolist() == [1, 0]
    secret = read_glue(tmp_path, "CoLA", "test")
    assert secret[0] == (("Bill whistled.",), None)


@pytest.mark.parametrize(
    ("task", "split", "lines", "inputs", "labels"),
    [
        ("sst2", "dev", ["sentence\tlabel", "it 's \"charming \t1"], [("it 's \"charming ",)], [1]),
        ("mrpc", "train", ["\ufeff" + MSR, "1\t7\t8\tHe won.\tHe has won."],
         [("He won.", "He has won.")], [1]),
        ("stsb", "dev", [f"{STSB}\tscore", "0\tnews\tMSR\t2012\t1\ta\tb\tA cat.\tA dog.\t2.400"],
         [("A cat.", "A dog.")], [2.4]),
        ("qqp", "dev", ["id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate", "1\t2\t3\tWhy?\t\t0"],
         [("Why?", "")], [0]),
        ("mnli", "dev_mismatched", [f"{MNLI}\tlabel1\tgold_label", "0\t1\t2\tf\tx\ty\tz\tneutral"],
         [("x", "y")], [1]),
        ("qnli", "train", ["index\tquestion\tsentence\tlabel", "0\tWho?\tHe.\tnot_entailment"],
         [("Who?", "He.")], [1]),
        ("rte", "dev",
         [f"{PAIR}\tlabel", "0\tx\ty\tentailment", "", "1\tx\u2028\x85\ty\tentailment\r"],
         [("x", "y"), ("x\u2028\x85", "y")], [0, 0]),
        ("wnli", "train", [f"{PAIR}\tlabel", "0\tx\ty\t1"], [("x", "y")], [1]),
        ("mnli", "test_matched", [MNLI, "0\t1\t2\tfic\tx\ty"], [("x", "y")], None),
        ("mrpc", "test", ["index\t#1 ID\t#2 ID\t#1 String\t#2 String", "0\t1\t2\tx\ty"],
         [("x", "y")], None),
    ],
)  # fmt: skip
def test_every_task_is_read_as_distributed(
    task: str, split: str, lines: list[str], inputs: list[str], labels: list[int] | None,
    tmp_path: Path,
) -> None:  # fmt: skip
    write(tmp_path, f"{split}.tsv", *lines)
    data = read_glue(tmp_path, task, split)
    assert data.inputs == inputs
    if labels is None:
        assert data.labels is None
    else:
        assert data.labels.tolist() == labels
        assert data.labels.dtype == (np.float64 if task == "stsb" else np.int64)


def test_microsofts_mrpc_is_parted_by_the_dev_ids(tmp_path: Path) -> None:
    rows = [f"{i % 2}\t{i}\t{i + 100}\tone {i}\ttwo {i}" for i in range(6)]
    write(tmp_path, "msr_paraphrase_train.txt", "\ufeff" + MSR, *rows)
    write(tmp_path, "msr_paraphrase_test.txt", MSR, "1\t9\t8\ta\tb")
    write(tmp_path, "dev_ids.tsv", "1\t101", "4\t104")
    assert read_glue(tmp_path, "mrpc", "dev").inputs == [("one 1", "two 1"), ("one 4", "two 4")]
    assert read_glue(tmp_path, "mrpc", "train").labels.tolist() == [0, 0, 1, 1]
    assert read_glue(tmp_path, "mrpc", "test").labels.tolist() == [1]
    write(tmp_path, "dev_ids.tsv", "1 101")
    with pytest.raises(DataError, match=r"dev_ids.tsv, line 1: two ids"):
        read_glue(tmp_path, "mrpc", "dev")
    write(tmp_path, "dev_ids.tsv", "77\t78")
    with pytest.raises(DataError, match="no pair of the split dev"):
        read_glue(tmp_path, "mrpc", "dev")


def test_a_few_torn_rows_of_qqp_are_left_out_and_no_more(tmp_path: Path) -> None:
    header = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate"
    good = "1\t2\t3\tWhy?\tWhy not?\t0"
    write(tmp_path, "train.tsv", header, good, "2\t3\t4\tWhy", "and how?\tHow?\t1", good)
    assert len(read_glue(tmp_path, "qqp", "train")) == 2
    write(tmp_path, "train.tsv", header, good, *["torn"] * 11)
    with pytest.raises(DataError, match=r"train.tsv, line 3: 1 columns between tabs, 6 expected"):
        read_glue(tmp_path, "qqp", "train")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "train.tsv is empty"),
        (b"\n\n", "train.tsv is empty"),
        (b"sentence\tlabel\n", "a header and no example"),
        (b"sentence\tlabel\nfine\t1\nbad\n", r"line 3: 1 columns between tabs, 2 expected"),
        (b"sentence\tlabel\nfine\t1\nb\ta\td\n", r"line 3: 3 columns"),
        (b"sentence\tlabel\nfine\t2\n", r"line 2: label must be one of 0, 1, got '2'"),
        (b"text\tlabel\nfine\t1\n", "no column 'sentence', only text, label"),
        (b"sentence\tclass\nfine\t1\n", "no column 'label'"),
        (b"sentence\tlabel\n\xff\xfe\t1\n", "line 2: not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: not UTF-8"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "train.tsv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_glue(tmp_path, "sst2", "train")


@pytest.mark.parametrize("score", ["x", "nan", "5.1", "-1", ""])
def test_a_similarity_outside_its_range_is_refused(score: str, tmp_path: Path) -> None:
    write(tmp_path, "dev.tsv", f"{STSB}\tscore", f"0\tn\tM\t2012\t1\ta\tb\tx\ty\t{score}")
    with pytest.raises(DataError, match=r"dev.tsv, line 2: score must be from 0 to 5"):
        read_glue(tmp_path, "stsb", "dev")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="the task's folder as distributed"):
        read_glue(tmp_path, "rte", "train")
    with pytest.raises(FileNotFoundError, match=r"msr_paraphrase_train\.txt"):
        read_glue(tmp_path, "mrpc", "train")
    with pytest.raises(ValueError, match="split of MNLI must be one of train, dev_matched"):
        read_glue(tmp_path, "mnli", "dev")
    with pytest.raises(ValueError, match=r"one of GLUE's cola, .* got 'squad'"):
        read_glue(tmp_path, "squad", "dev")


def test_a_split_is_a_data_set(tmp_path: Path) -> None:
    write(tmp_path, "train.tsv", f"{PAIR}\tlabel", "0\tx\ty\tentailment", "1\tz\tw\tnot_entailment")
    (texts, labels) = next(iter(DataLoader(read_glue(tmp_path, "rte", "train"), 2)))
    assert texts == (["x", "z"], ["y", "w"])
    assert labels.tolist() == [0, 1]


def test_the_table_is_the_published_one() -> None:
    assert {name: task.metrics for name, task in GLUE.items()} == {
        "cola": ("matthews_corrcoef",), "sst2": ("accuracy",), "mrpc": ("accuracy", "f1"),
        "stsb": ("pearson", "spearman"), "qqp": ("accuracy", "f1"), "mnli": ("accuracy",),
        "qnli": ("accuracy",), "rte": ("accuracy",), "wnli": ("accuracy",),
    }  # fmt: skip
    assert sum(task.sizes["train"] for task in GLUE.values()) == 949733
    assert [task.num_labels for task in GLUE.values()] == [2, 2, 2, 1, 2, 3, 2, 2, 2]
