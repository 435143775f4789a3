#!/usr/bin/env python3
"""Restores a disk from a directory repository without Yado: backup-restore.py REPOSITORY BACKUP DISK FILE

Only what docs/backup-format.md says; needs python3-zstandard. Not for encrypted repositories."""
import hashlib
import json
import os
import struct
import sys
import zstandard

BLOCK, BLOCKS, LEAVES = 65536, 512, 512


def manifest(repository, backup):
    with open(os.path.join(repository, "backups", backup), "rb") as file:
        line, text = file.read().split(b"\n", 1)
    if line.split()[:3] != [b"YADO-BACKUP", b"1", hashlib.sha256(text).hexdigest().encode()]:
        sys.exit("the manifest is damaged")
    return json.loads(text)


def chunk(repository, place):
    name, pack, offset, stored, plain = place
    with open(os.path.join(repository, "packs", pack[:2], pack), "rb") as file:
        file.seek(offset)
        content = file.read(stored)
    if content[0] & 2:
        sys.exit("the backup is encrypted")
    content = zstandard.decompress(content[1:], plain) if content[0] & 1 else content[1:]
    if hashlib.sha256(content).hexdigest() != name:
        sys.exit("chunk %s in pack %s is damaged" % (name, pack))
    return content


def places(content, at):
    packs, count = struct.unpack_from(">II", content, at)
    names = [content[at + 8 + 16 * i:at + 24 + 16 * i].hex() for i in range(packs)]
    at += 8 + 16 * packs
    found = []
    for i in range(count):
        name, offset, stored, plain, pack = struct.unpack_from(">32sIIII", content, at + 48 * i)
        found.append((name.hex(), names[pack], offset, stored, plain))
    return found, at + 48 * count


def leaf(repository, place, out, begin):
    content = chunk(repository, place)
    count = struct.unpack_from(">4sI", content)[1]
    chunks, at = places(content, 8)
    which = struct.unpack_from(">%dH" % count, content, at)
    part = content[at + 2 * count:at + 3 * count]
    last, data = 0, b""
    for i in range(count):
        if which[i]:
            if which[i] != last:
                last, data = which[i], chunk(repository, chunks[which[i] - 1])
            out.seek(begin + i * BLOCK)
            out.write(data[part[i] * BLOCK:(part[i] + 1) * BLOCK])


def main(repository, backup, disk, target):
    wanted = [each for each in manifest(repository, backup)["disks"] if each["id"] == disk][0]
    with open(target, "wb") as out:
        for number, branch in enumerate(wanted["branches"]):
            if branch is None:
                continue
            content = chunk(repository, [branch[key] for key in ("chunk", "pack", "offset", "stored", "plain")])
            count = struct.unpack_from(">4sI", content)[1]
            there = content[8:8 + count]
            leaves = iter(places(content, 8 + count)[0])
            for i in range(count):
                if there[i]:
                    leaf(repository, next(leaves), out, (number * LEAVES + i) * BLOCKS * BLOCK)
        out.truncate(wanted["sizeBytes"])


main(*sys.argv[1:])
