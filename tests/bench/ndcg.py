#!/usr/bin/env python3
"""Scores runs in trec_eval's form against judgements: nDCG@10 and recall@100, as trec_eval defines
them, over the queries that have judgements.

    ndcg.py QRELS.tsv RUN.trec…      QRELS: query, document, grade, tabs between; a heading line
                                     may come first (BEIR's form), or trec_eval's four columns
"""
import math
import sys
from collections import defaultdict


def read_judgements(path):
    judgements = defaultdict(dict)
    with open(path, encoding="utf-8") as file:
        for line in file:
            parts = line.split()
            if len(parts) == 4:  # query, iteration, document, grade
                del parts[1]
            if len(parts) == 3 and parts[2].lstrip("-").isdigit():
                judgements[parts[0]][parts[1]] = int(parts[2])
    return judgements


def read_run(path):
    """Documents of each query by score, equal scores by name downwards, as trec_eval does."""
    run = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            parts = line.split()
            if len(parts) != 6:
                raise SystemExit(f"{path}:{number}: six columns are expected")
            run[parts[0]].append((float(parts[4]), parts[2]))
    return {query: [document for _, document in sorted(found, reverse=True)]
            for query, found in run.items()}


def gain(grades):
    return sum(max(grade, 0) / math.log2(rank + 2) for rank, grade in enumerate(grades))


def ndcg(found, grades, depth=10):
    ideal = gain(sorted(grades.values(), reverse=True)[:depth])
    return gain([grades.get(document, 0) for document in found[:depth]]) / ideal if ideal else 0.0


def recall(found, grades, depth=100):
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(found[:depth])) / len(relevant) if relevant else 0.0


def mean(values):
    return sum(values) / len(values)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    judgements = read_judgements(sys.argv[1])
    for path in sys.argv[2:]:
        run = read_run(path)
        scores = [ndcg(run.get(query, []), grades) for query, grades in judgements.items()]
        spread = math.sqrt(sum((s - mean(scores)) ** 2 for s in scores)) / len(scores)
        recalls = [recall(run.get(query, []), grades) for query, grades in judgements.items()]
        print(f"{path}: nDCG@10 {mean(scores):.4f} ± {spread:.4f}, "
              f"recall@100 {mean(recalls):.4f}, {len(scores)} queries")


if __name__ == "__main__":
    main()
