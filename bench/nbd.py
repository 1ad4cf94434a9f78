"""The cases of bench/nbd: nbd.py SECONDS ROUNDS NAME=PID=URI... ; the second server is what the others are compared with."""
import json
import math
import os
import statistics
import subprocess
import sys

CASES = [
    ("4k", "randread", 1), ("4k", "randwrite", 1), ("4k", "randread", 32), ("4k", "randwrite", 32),
    ("128k", "read", 16), ("128k", "write", 16), ("1m", "read", 16), ("1m", "write", 16),
]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run(uri, pid, case, seconds):
    bs, rw, depth = case
    before = cpu(pid)
    out = subprocess.run(
        ["fio", "--name=case", "--ioengine=nbd", f"--uri={uri}", f"--bs={bs}", f"--rw={rw}", f"--iodepth={depth}",
         "--size=1g", "--time_based", f"--runtime={seconds}", "--output-format=json"],
        capture_output=True, text=True, check=True).stdout
    used = cpu(pid) - before
    job = json.loads(out[out.index("{"):])["jobs"][0]
    side = job["read" if "read" in rw else "write"]
    return side["iops"], side["clat_ns"]["percentile"]["99.000000"] / 1000, used / (side["io_bytes"] / 2 ** 30)


def main():
    seconds, rounds = sys.argv[1], int(sys.argv[2])
    servers = [argument.split("=", 2) for argument in sys.argv[3:]]
    ratios = {name: [] for name, _, _ in servers}
    for name, pid, uri in servers:  # warm
        for case in CASES[:4]:
            run(uri, pid, case, 1)
    print(f"{'case':<22}" + "".join(f"{n + ' IOPS':>14}{'x':>7}{'p99 us':>9}{'CPU s/GiB':>11}" for n, _, _ in servers))
    for case in CASES:
        results = {name: [] for name, _, _ in servers}
        for _ in range(rounds):
            for name, pid, uri in servers:
                results[name].append(run(uri, pid, case, seconds))
        medians = {n: [statistics.median(column) for column in zip(*r)] for n, r in results.items()}
        line = f"{case[0]:>5} {case[1]:<10} depth {case[2]:<3}"
        for name, _, _ in servers:
            iops, p99, used = medians[name]
            ratio = iops / medians[servers[1][0]][0]
            ratios[name].append(ratio)
            line += f"{iops:>14,.0f}{ratio:>7.2f}{p99:>9,.0f}{used:>11.2f}"
        print(line, flush=True)
    for name, _, _ in servers:
        mean = math.exp(statistics.mean(map(math.log, ratios[name])))
        print(f"{name}: geometric mean x{mean:.2f} of {servers[1][0]}, least x{min(ratios[name]):.2f}")


main()
