"""Grades one lab of sockladder: Classroom 50 runs this in the student's checkout.

Whatever stands in the checkout is a stranger's: it is given to the kit as a folder to grade, and
nothing in it is imported, followed or run here.
"""
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 900


def as_root(*words):
    """Runs a script of the bundle as root: only root can keep tests and results from the programs."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    command = [*sudo, "/bin/sh", *map(str, words)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS, check=False)


def write_afresh(name, text):
    """Writes a file of the working directory, where the student may have put anything."""
    if os.path.isdir(name) and not os.path.islink(name):
        shutil.rmtree(name)
    elif os.path.lexists(name):
        os.unlink(name)
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)


def test_of(test):
    """One test, as Classroom 50 wants it; further fields are kept by it."""
    return {"test-name": test["name"], "passed": test["status"] == "passed",
            "score": test["score"], "max-score": test["max_score"],
            "output": test.get("output", ""), "id": test["extra_data"]["id"]}


def result_of(graded):
    """The whole result, from what the kit has written."""
    environment = {name: os.environ.get(name, "") for name in
                   ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")}
    tests = [test_of(test) for test in graded["tests"]]
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"schema": "classroom50/result/v1", "classroom": environment["CLASSROOM"],
            "assignment": environment["ASSIGNMENT"], "submission": environment["SUBMISSION_TAG"],
            "commit": environment["COMMIT_URL"], "release": environment["RELEASE_URL"],
            "review": os.environ.get("REVIEW_URL") or environment["COMMIT_URL"],
            "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "score": sum(test["score"] for test in tests),
            "max-score": sum(test["max-score"] for test in tests), "tests": tests}


def main():
    """Exit status 0 when there is a result, whatever the score; else a fault of the surroundings."""
    lab = (HERE / "lab").read_text().split()[0]
    with tempfile.TemporaryDirectory(prefix="sockladder.", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)
        results = f"{folder}/results.json"
        installed = as_root(HERE / "install", folder)
        if installed.returncode != 0:
            sys.exit(f"The kit could not be built:\n{installed.stdout.decode(errors='replace')}")
        graded = as_root(HERE / "grade", folder, lab, os.getcwd(), results)
        report = graded.stdout.decode(errors="replace")
        print(report)
        if graded.returncode not in (0, 1):
            sys.exit("There is no score.")
        with open(results, encoding="utf-8") as stream:
            result = result_of(json.load(stream))
        as_root("-c", 'rm -rf "$0/kit"', folder)
    write_afresh("result.json", json.dumps(result, indent=1) + "\n")
    fence = "`" * (3 + max(map(len, re.findall("`+", report)), default=0))
    write_afresh("release-body.md", f"{result['score']}/{result['max-score']}\n\n{fence}\n{report}{fence}\n")


main()
