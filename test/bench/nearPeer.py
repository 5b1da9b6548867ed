"""Near-duplicates of a dataset, as the usual Python packages find them: records by word shingles at Jaccard 0.8.

    python nearPeer.py datasketch|rensa FILE

Prints seconds (`total`, and `rest` from the shingles on), and the numbers of the records that have a near-duplicate above
them. The shingles are those of Afina's rule. datasketch's candidates are verified, as Afina's are; rensa's are not, which
is its fastest way.
"""

import json
import re
import sys
import time
import unicodedata

WORD = re.compile(r"[^\W_]+")
THRESHOLD = 0.8
PERMUTATIONS = 128
# As many bands as Afina has, so that pairs at the threshold are found as surely.
BANDS = 21
BANDED = 126


def shingles(text):
    words = WORD.findall(unicodedata.normalize("NFC", text).lower())
    if 0 < len(words) < 3:
        return [" ".join(words)]
    return list({" ".join(words[at : at + 3]) for at in range(len(words) - 2)})


def with_datasketch(sets):
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, params=(BANDS, BANDED // BANDS))
    found = []
    for at, own in enumerate(sets):
        signature = MinHash(num_perm=PERMUTATIONS)
        signature.update_batch([each.encode() for each in own])
        members = set(own)
        for other in lsh.query(signature):
            shared = sum(1 for each in sets[other] if each in members)
            if shared / (len(own) + len(sets[other]) - shared) >= THRESHOLD:
                found.append(at)
                break
        lsh.insert(at, signature)
    return found


def with_rensa(sets):
    from rensa import RMinHash, RMinHashLSH

    matrix = RMinHash.digest_matrix_from_token_sets(sets, num_perm=BANDED, seed=42)
    lsh = RMinHashLSH(threshold=THRESHOLD, num_perm=BANDED, num_bands=BANDS)
    return [at for at, flag in enumerate(lsh.insert_matrix_and_query_duplicate_flags(matrix)) if flag]


def main():
    name, path = sys.argv[1:3]
    began = time.perf_counter()
    with open(path, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    sets = [shingles(" ".join(turn["content"] for turn in record["messages"])) for record in records]
    cut = time.perf_counter()
    found = {"datasketch": with_datasketch, "rensa": with_rensa}[name](sets)
    end = time.perf_counter()
    print(json.dumps({"total": end - began, "rest": end - cut, "found": found}))


main()
